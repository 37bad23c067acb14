"""The report's chapter "What does each idea buy?": one idea per module, each a small experiment with numbers."""
