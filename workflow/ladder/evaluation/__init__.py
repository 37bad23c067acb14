"""What the stage evaluate counts, estimates and decides."""
