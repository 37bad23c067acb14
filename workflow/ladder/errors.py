"""The one exception whose message is written for the person who runs the study."""


class LadderError(Exception):
    """An error whose sentence says what is wrong, where, and what would be right; printed without a traceback."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self._sentence = sentence

    def __str__(self) -> str:
        # `args` is not read, since a library that the exception passes through may rewrite it.
        return self._sentence
