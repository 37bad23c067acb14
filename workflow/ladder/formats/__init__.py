"""The files of a study: written whole or not at all, tables, tensors, scores, states."""
