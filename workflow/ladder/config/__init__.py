"""The settings of a study, read, checked and typed. The rest of the library receives plain arguments."""
