"""Modules that figures and the report share: loading of artifacts, style, small images, names of classes."""
