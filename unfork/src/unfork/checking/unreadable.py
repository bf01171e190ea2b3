"""What every reader of results says with, and raises."""

from unfork.model.tested import Outcome

Event = tuple[str, Outcome, str]  # a test's name, what it came to, the text of its failure


class UnreadableError(Exception):
    """Results that prove nothing; its text says why."""
