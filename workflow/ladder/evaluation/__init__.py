"""Modules of the stage evaluate: counts, estimates with intervals, tests and verdicts."""
