"""Why a tracker gave no answer, in words for the user."""


class NoAnswerError(Exception):
    """One question was not answered. ``whole_host``: no other one to this host would be, either."""

    def __init__(self, what: str, hint: str, *, whole_host: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.whole_host = whole_host

    def __str__(self) -> str:
        return f"{self.what} ({self.hint})"


class AbsentError(NoAnswerError):
    """The tracker says that it has no such thing, or none that we may see."""


class BusyError(NoAnswerError):
    """It may answer later. ``wait``: seconds it asks to be left alone, where it says so."""

    def __init__(self, what: str, hint: str, *, wait: float | None = None) -> None:
        super().__init__(what, hint)
        self.wait = wait
