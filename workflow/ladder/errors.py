"""The one exception whose message is written for the person who runs the study."""


class LadderError(Exception):
    """What is wrong, where, and what would be right, in one sentence; shown without a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self._sentence = sentence

    def __str__(self) -> str:
        # Not from `args`: fastai rewrites those of an exception that passes through it.
        return self._sentence
