"""The errors a user can see, and the exit code each ends with.

Every error is one line: what is wrong, where, what to do. Only ``cli.py`` catches them.
"""

from enum import IntEnum


class Exit(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    NO = 1  # the question was answered no: a gate, an evaluation below its floor
    USAGE = 2  # the command line is wrong (click's own code)
    INPUT = 3  # what we were given to read is bad
    INTERNAL = 4  # we are wrong
    INTERRUPTED = 130  # Ctrl-C, the shell's convention


class UnforkError(Exception):
    """A problem the user can mend. ``hint`` says how, ``where`` names file and line."""

    exit_code = Exit.INPUT

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line} ({self.hint})" if self.hint else line


class UsageError(UnforkError):
    """The options contradict each other or one is missing."""

    exit_code = Exit.USAGE


class InputError(UnforkError):
    """A file, a series, a repository or a revision cannot be used as it is."""


class GitError(UnforkError):
    """git ended with an error we did not expect; its own words are in the message."""
