"""The one exception whose message is written for the person who runs the study."""


class LadderError(Exception):
    """What is wrong, where, and what would be right, in one sentence; shown without a traceback."""
