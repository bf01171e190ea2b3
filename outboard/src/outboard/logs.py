"""Log lines with fields, on the standard error: systemd's journal and Kubernetes both read that."""

import logging
import sys

import structlog

from outboard.settings import LogSection


def set_up(section: LogSection) -> None:
    """Choose level and form once, at the start of the process."""
    text = section.format == "text" or (section.format == "auto" and sys.stderr.isatty())
    render: structlog.types.Processor
    if text:
        render = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    else:
        render = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _order,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[section.level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _order(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """When, how bad and what come first."""
    return {**{key: event.pop(key) for key in ("timestamp", "level", "event")}, **event}


class Once:
    """Which complaints were already made: a condition that lasts is said once, and again after it went."""

    def __init__(self) -> None:
        self._said: dict[str, object] = {}

    def new(self, subject: str, what: object) -> bool:
        """Whether ``what`` about ``subject`` has not been said yet."""
        if self._said.get(subject) == what:
            return False
        self._said[subject] = what
        return True

    def over(self, subject: str) -> bool:
        """The condition went; whether it had been said."""
        return self._said.pop(subject, None) is not None
