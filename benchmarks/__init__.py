"""Time and memory of the pipeline, side by side with those of the chapter's notebook: `make benchmark`."""
