"""The report's chapter "What does each idea buy?": one idea a module, each a small experiment with numbers."""
