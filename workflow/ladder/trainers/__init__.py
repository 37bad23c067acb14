"""Ways to train, one a file: `fit(model, train, valid, recipe, progress)` trains the model in place.

train, valid  batches.Batches of the two splits
recipe        the settings of the variant
progress      resume.Progress, whose methods a trainer calls:
              record(epoch, train_loss, valid_loss, accuracy, seconds) after each epoch, counted from 0; the losses are
              means over images
              epochs_left(optimizer=..., ...) when all is built: it brings back the state of what it is given after a
              kill, and returns the epochs to train. A trainer may train `range(recipe["epochs"])` without asking; then
              it starts over.
"""
