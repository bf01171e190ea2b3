"""What the fixture ``unfork`` of the command line's tests is."""

from collections.abc import Callable

# Called with arguments; returns exit code, standard output, standard error.
Run = Callable[..., tuple[int, str, str]]
