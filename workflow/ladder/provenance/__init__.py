"""What made a study: its source code, the checksums of its files, and how a stranger makes it again."""
