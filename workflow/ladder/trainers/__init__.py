"""Ways to train, one a file: `fit(model, train, valid, recipe, progress)` trains the model in place.

train, valid  training.batches.Batches of the two splits
recipe        the settings of the variant; training.weighted_loss.loss_of(recipe, train) is its loss
progress      training.resume.Progress, whose methods a trainer calls:
              record(epoch, train_loss, valid_loss, accuracy, seconds) after each epoch, counted from 0; the losses are
              means over images
              epochs_left(optimizer=..., ...) when everything is built: after a kill it restores the state of its
              arguments, and it returns the epochs to train. A trainer may train `range(recipe["epochs"])` without this
              call; then it starts over after a kill.
"""
