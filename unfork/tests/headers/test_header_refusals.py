"""Headers that cannot be written to without more than was asked."""

import base64

import pytest
from unfork.headers import read_header, write_header
from unfork.model.header import Fact, Form, Standing
from unfork.series import parse_patch

DIFF = b"--- a/v.py\n+++ b/v.py\n@@ -1 +1 @@\n-a\n+b\n"
FACT = Fact(Standing.PENDING, False)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"Subject: x\nFrom: A <a@example.org>\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(b"Text\n\n" + DIFF),
            "base64",
        ),
        (b"commit " + b"1" * 40 + b"\nAuthor: A <a@example.org>\n\n    Subject\n\n" + DIFF, "git show"),
    ],
)
@pytest.mark.parametrize("form", [Form.DEP3, Form.YOCTO, Form.SUSE])
def test_refused(data: bytes, said: str, form: Form) -> None:
    header = read_header(parse_patch(data, "p"))
    with pytest.raises(ValueError, match=said):
        write_header(data, header, FACT, form, day="2019-04-12")


@pytest.mark.parametrize("form", [Form.DEP3, Form.YOCTO, Form.SUSE])
def test_a_reason_of_several_lines_makes_no_further_fields(form: Form) -> None:
    fact = Fact(Standing.NEVER, False, reason="Ours\nApplied-Upstream: 1.0")
    after = write_header(DIFF, read_header(parse_patch(DIFF, "p")), fact, form, day="2019-04-12")
    again = read_header(parse_patch(after, "p"))
    assert [(each.form, each.standing) for each in again.said] == [(form, Standing.NEVER)]
    assert not any(line.startswith(b"Applied") for line in after.splitlines())
