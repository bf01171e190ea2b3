"""What can go wrong by the user's or the host's doing, and the exit code each ends with."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    NO = 1  # looked once: something is not as it should be
    USAGE = 2  # the command line is wrong (click's own code)
    INPUT = 3  # a setting, a file or the host cannot be used as it is
    INTERRUPTED = 130  # Ctrl-C, the shell's convention


class OutboardError(Exception):
    """A problem somebody can mend: ``what`` is wrong, ``where``, and as ``hint`` what to do."""

    exit_code = Exit.INPUT

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line} ({self.hint})" if self.hint else line


class InputError(OutboardError):
    """A file, a setting or a value that cannot be used as it is."""


class HypervisorError(OutboardError):
    """libvirt is away, refuses or is too old. It may be otherwise later: daemons try again."""
