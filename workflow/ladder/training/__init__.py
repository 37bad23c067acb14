"""Modules that trainers and the stage train share: loop, batches, optimizers, precision, validation, resume points."""
