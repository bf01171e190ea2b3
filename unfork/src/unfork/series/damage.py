"""Why a patch cannot be used, with the line it was seen at. Caught inside this room only."""


class DamageError(Exception):
    """``at`` is the index of the line (from 0); ``text`` says what, what was expected, what to do."""

    def __init__(self, at: int, text: str) -> None:
        super().__init__(text)
        self.at = at
        self.text = text
