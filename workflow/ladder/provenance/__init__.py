"""Provenance of a study: digests of its source code, versions, checksums of its files, and the way to make it again."""
