"""JUnit's XML as events. It comes from a stranger: nothing in it is declared, fetched or expanded."""

from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from unfork.checking.names import joined
from unfork.checking.unreadable import Event, UnreadableError
from unfork.model.tested import Outcome


def read_junit(file: IO[bytes]) -> Iterator[Event]:
    """Each test case."""
    depth = 0
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if depth == 0 and _tag(element) not in ("testsuites", "testsuite"):
                    raise UnreadableError(f"it is no JUnit file: its root is <{_tag(element)[:40]}>")
                depth += 1
                continue
            depth -= 1
            if _tag(element) == "testcase":
                yield _case(element)
                element.clear()
    except ParseError as error:
        raise UnreadableError(f"not XML: {error}") from error
    except DefusedXmlException as error:
        raise UnreadableError("it declares a document type or entities: results need none") from error


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _case(element: Any) -> Event:
    name = joined(element.get("classname", ""), element.get("name", ""))
    outcome, text = Outcome.PASSED, ""
    for child in element:
        tag = _tag(child)
        if tag in ("failure", "error"):
            outcome = Outcome.FAILED
            message = child.get("message", "").strip().splitlines()  # its first line is the error
            text = "\n".join([child.text or "", *message[:1]])
        elif tag == "skipped" and outcome is Outcome.PASSED and child.get("type") != "pytest.xfail":
            outcome = Outcome.SKIPPED
    return name, outcome, text
