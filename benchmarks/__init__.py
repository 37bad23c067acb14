"""What the pipeline costs, side by side with what it replaces: `make benchmark`."""
