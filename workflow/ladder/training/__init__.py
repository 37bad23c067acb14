"""What trainers and the stage train share: the loop, batches, optimizers, precision, validation, resume points."""
