"""Ways to train, one per file: `fit(model, train, valid, recipe, seed, progress)` trains the model in place.

train, valid  training.batches.Batches of the two splits
recipe        the settings of the variant; training.weighted_loss.loss_of(recipe, train) is its loss
seed          the run's seed. Python's, NumPy's and PyTorch's random generators start from it before `fit` is called
progress      training.resume.Progress, whose methods a trainer calls:
              record(epoch, train_loss, valid_loss, accuracy, seconds) after each epoch, counted from 0; the losses are
              means over images
              epochs_left(optimizer=..., ...) when everything is built: after a kill it restores the state of its
              arguments, and it returns the epochs to train. A trainer may train `range(recipe["epochs"])` without this
              call; then it starts over after a kill.

A file declares the values that it knows, in tuples of texts. The tuples are read without importing the file, and a
recipe with another value is refused before anything runs:

OPTIMIZERS   values of `optimizer`. training/optimizers.py has several; a trainer may have optimizers of its own
SCHEDULES    values of `schedule`
PRECISIONS   values of `precision`: fp32, bf16 or both. In bf16 the model computes its products and convolutions in
             bfloat16; weights, outputs and loss are float32 in both
PACKAGES     packages that no other part of the library needs, by the names that pip knows. Their versions are recorded

Two lists are for a trainer's own optimizers: WITH_WEIGHT_DECAY has the optimizers with weight decay, WITHOUT_SCHEDULE
has the optimizers that take no schedule but constant.
"""
