"""Modules that trainers and the stage train share: batches, optimizers, precision, validation, resume points."""
