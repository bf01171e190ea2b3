import pytest
from report_samples import HOSTILE
from unfork.reports._safe import code_line, printable, valid


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, ünïcode 漢字", "plain text, ünïcode 漢字"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x9b2J", "\\x9b2J"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u202eexe.png", "\\u202eexe.png"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028separator", "line\\u2028separator"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("no\u00a0break", "no break"),
        ("byte\udcff", "byte\\xff"),
    ],
)
def test_printable_writes_out_what_a_terminal_would_act_on(raw: str, shown: str) -> None:
    assert printable(raw) == shown


def test_printable_is_one_line_of_valid_unicode_and_stable() -> None:
    once = printable(HOSTILE)
    assert once.isprintable()
    assert once.splitlines() == [once]
    assert once.encode("utf-8").decode("utf-8") == once
    assert printable(once) == once


def test_code_keeps_its_columns() -> None:
    assert code_line("+\tx") == "+       x"


def test_valid_keeps_everything_but_lone_surrogates() -> None:
    assert valid("ü\x1b\n") == "ü\x1b\n"
    assert valid("a\udcff") == "a\\udcff"
