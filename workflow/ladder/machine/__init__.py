"""The machine that a study runs on: devices, memory, processor."""
