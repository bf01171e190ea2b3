"""What a probe wrote down, as figures."""

import json
import struct

import pytest
from testbed.datapath.answers import Request, Service, read_requests, served
from testbed.datapath.probe import discover, read_offer

MAC = bytes.fromhex("fa163e000001")


def every_second(*answered: bool) -> list[Request]:
    """Requests at 0, 1, 2, …; each that is answered is so after 0.1 s."""
    return [
        Request(float(at), at + 0.1 if yes else None, ("server",) if yes else ())
        for at, yes in enumerate(answered)
    ]


def gap(requests: list[Request], since: float = 0.0, until: float = 100.0) -> tuple[int, int, float]:
    """Asked, unanswered and the longest gap, with a patience of two seconds."""
    found = served(requests, since, until, 2.0)
    return found.asked, found.unanswered, found.longest_gap


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ((True, True, True), (3, 0, 0.0)),
        ((True, False, False, True), (4, 2, 2.0)),
        ((False, True, True, False, False, False, True), (7, 4, 3.0)),
        ((True, False, False), (3, 2, 1.0)),  # as far as one can tell
        ((), (0, 0, 0.0)),
    ],
)
def test_the_longest_run_without_an_answer_counts(
    answered: tuple[bool, ...], expected: tuple[int, int, float]
) -> None:
    assert gap(every_second(*answered)) == expected


def test_a_gap_that_outlasts_the_interval_is_measured_to_its_end() -> None:
    requests = every_second(True, True, False, False, False, True)
    assert gap(requests, until=4.0) == (4, 2, 3.0)


def test_requests_outside_of_the_interval_do_not_count() -> None:
    requests = every_second(False, True, True, False, True)
    assert gap(requests, since=1.0, until=3.0) == (2, 0, 0.0)


def test_an_answer_after_the_clients_patience_is_none() -> None:
    requests = [Request(0.0, 5.0, ("late",)), Request(1.0, 1.5, ("one",)), Request(2.0, 2.1, ("one", "two"))]
    assert served(requests, 0.0, 10.0, 4.0) == Service(3, 1, 1.0, 0.5, ("one", "two"))


def test_a_log_that_is_still_written_gives_its_whole_lines() -> None:
    lines = [
        json.dumps(line) + "\n"
        for line in (
            {"id": 1, "sent": 1.0},
            {"id": 1, "answered": 1.2, "by": "a"},
            {"id": 1, "answered": 1.3, "by": "b"},
            {"id": 9, "answered": 1.4, "by": "nobody asked"},
            {"id": 2, "sent": 2.0},
        )
    ]
    assert read_requests([*lines, '{"id": 3, "se']) == [Request(1.0, 1.2, ("a", "b")), Request(2.0)]


def offer(mac: bytes = MAC, options: bytes = bytes((53, 1, 2, 54, 4, 10, 0, 0, 2, 255))) -> bytes:
    """An answer to request 7: the question with a server's options."""
    return discover(7, mac)[:240] + options


def test_an_offer_names_its_request_and_its_server() -> None:
    assert read_offer(offer(), MAC) == (7, "10.0.0.2")
    assert read_offer(offer(options=bytes((0, 53, 1, 2, 0, 54, 4, 10, 0, 0, 3, 255))), MAC) == (7, "10.0.0.3")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        discover(7, MAC),
        offer(mac=bytes.fromhex("fa163e000002")),
        offer(options=bytes((53, 1, 5, 54, 4, 10, 0, 0, 2, 255))),  # a DHCPACK
        offer(options=bytes((53, 1, 2, 255))),  # of no server
        offer(options=bytes((53, 1, 2, 54, 200, 10))),  # cut
        offer()[:200],
        offer()[:236] + struct.pack("!I", 0) + offer()[240:],  # another magic
    ],
)
def test_anything_else_is_no_offer(data: bytes) -> None:
    assert read_offer(data, MAC) is None
