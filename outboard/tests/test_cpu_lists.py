"""CPU lists as the kernel, libvirt and nova write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from outboard.cpus import MOST_CPUS, format_cpus, parse_cpus
from outboard.errors import InputError


@settings(deadline=None)
@given(some.frozensets(some.integers(0, MOST_CPUS - 1), max_size=200))
def test_what_is_written_is_read_back(cpus: frozenset[int]) -> None:
    assert parse_cpus(format_cpus(cpus)) == cpus


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("", set()),
        ("\n", set()),
        ("3", {3}),
        ("0-2,8", {0, 1, 2, 8}),
        ("0-4,^2", {0, 1, 3, 4}),
        (" 1, 2 ", {1, 2}),
    ],
)
def test_forms(text: str, cpus: set[int]) -> None:
    assert parse_cpus(text) == cpus


@pytest.mark.parametrize(
    "text", ["a", "1-", "-1", "3-1", "0-99999999999", "99999", "1,,2", "١", "1 2", "0x3", "^"]
)
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(InputError):
        parse_cpus(text)
