"""Packing of a study as a Workflow Run RO-Crate, with everything needed to make the study again."""
