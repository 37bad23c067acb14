"""Figures, one per file: `draw(...)` returns a matplotlib `Figure`, and the names of its parameters name its inputs."""
