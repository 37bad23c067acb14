"""Sweeps: one variant over lists and ranges of its settings."""
