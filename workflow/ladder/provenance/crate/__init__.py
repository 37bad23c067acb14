"""Packs a study with all that a stranger needs to make it again, as a Workflow Run RO-Crate."""
