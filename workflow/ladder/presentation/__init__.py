"""Modules that figures and the report share: artifacts by name, style, small images, names of classes."""
