"""Figures, one a file: `draw(...)` returns a matplotlib `Figure`; the names of its parameters name its inputs."""
