"""A subunit stream, version 1 or 2, as events."""

from collections.abc import Iterator
from typing import IO, Any

import subunit
from subunit.v2 import SIGNATURE
from testtools import ExtendedToStreamDecorator, StreamResult

from unfork.checking.unreadable import Event, UnreadableError
from unfork.model.tested import Outcome

_SUBUNIT = {
    "success": Outcome.PASSED,
    "xfail": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "uxsuccess": Outcome.FAILED,
    "skip": Outcome.SKIPPED,
}
_TEXT = 1 << 16  # bytes of a failure's text that are looked at: the end of it


class _Taking(StreamResult):
    """Takes the events of a subunit stream, of whichever version."""

    def __init__(self) -> None:
        super().__init__()
        self.running: dict[str, bytes] = {}  # test -> the end of its failure's text
        self.over: set[str] = set()
        self.events: list[Event] = []

    def status(  # type: ignore[override]  # of the rest it is not told apart what we have no use for
        self, test_id: str | None = None, test_status: str | None = None, **rest: Any
    ) -> None:
        """Take an event; what is said of a test after its end is not looked at."""
        if test_id is None or (test_status is None and test_id in self.over):
            return
        if test_id == "subunit.parser":
            raise UnreadableError("the stream is damaged")
        text = self.running.setdefault(test_id, b"") if test_status != "exists" else b""
        data, mime = rest.get("file_bytes"), str(rest.get("mime_type") or "text/plain")
        if data and mime.startswith("text/"):
            text = (text + bytes(data))[-_TEXT:]
            self.running[test_id] = text
        if test_status in _SUBUNIT:
            self.running.pop(test_id, None)
            self.over.add(test_id)
            self.events.append((test_id, _SUBUNIT[test_status], text.decode("utf-8", "replace")))


def read_subunit(file: IO[bytes]) -> Iterator[Event]:
    """Each test, as soon as it has an end; last those that have none."""
    taking = _Taking()
    start = file.read(1)
    file.seek(0)
    try:
        if start == SIGNATURE:
            subunit.ByteStreamToStreamResult(file, non_subunit_name="stdout").run(taking)
        else:
            decorated = ExtendedToStreamDecorator(taking)
            decorated.startTestRun()
            subunit.TestProtocolServer(decorated, stream=subunit.DiscardStream()).readFrom(file)
            decorated.stopTestRun()
    except UnreadableError:
        raise
    except Exception as error:  # it raises plain Exception for what it cannot read
        raise UnreadableError(f"no subunit stream: {error}") from error
    yield from taking.events
    for name in taking.running:
        yield name, Outcome.FAILED, "it began and did not end"
