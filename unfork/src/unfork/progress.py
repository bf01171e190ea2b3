"""How long work tells how far it is; who shows it decides the caller."""

from typing import Protocol


class Progress(Protocol):
    """Receives steps of one piece of work after another."""

    def start(self, label: str, total: int | None) -> None:
        """A piece of work begins; ``total`` in steps, ``None`` when unknown."""

    def advance(self, amount: int = 1) -> None:
        """Some steps are done."""

    def finish(self) -> None:
        """The piece of work ended, well or not."""


class Silent:
    """Shows nothing."""

    def start(self, label: str, total: int | None) -> None:
        """Nothing to show."""

    def advance(self, amount: int = 1) -> None:
        """Nothing to show."""

    def finish(self) -> None:
        """Nothing to show."""
