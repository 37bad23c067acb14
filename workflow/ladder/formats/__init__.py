"""The files of a study: tables, tensors, scores and states. Each is written whole or not at all."""
