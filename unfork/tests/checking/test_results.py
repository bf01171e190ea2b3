"""Result files in every format, whole, broken and hostile."""

import io
from pathlib import Path

import pytest
import subunit
from unfork.checking.names import normal_name
from unfork.checking.results import read_results
from unfork.checking.tally import Tallies
from unfork.checking.unreadable import UnreadableError
from unfork.model.plan import ResultFormat
from unfork.model.tested import Standing

ROOT = Path("/build/tree")


def read(data: bytes | str, form: ResultFormat = ResultFormat.JUNIT, root: Path = ROOT) -> dict[str, str]:
    raw = data.encode() if isinstance(data, str) else data
    return {
        name: str(result.outcome) for name, result in read_results(io.BytesIO(raw), form, root=root).items()
    }


def suite(*cases: str) -> str:
    return f"<?xml version='1.0'?><testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def stream(*events: tuple[str, str], text: bytes = b"") -> bytes:
    out = io.BytesIO()
    to = subunit.StreamResultToBytes(out)
    for name, status in events:
        if text and status == "fail":
            to.status(test_id=name, file_name="traceback", file_bytes=text, mime_type="text/x-traceback")
        to.status(test_id=name, test_status=status)
    return out.getvalue()


def test_junit_has_every_outcome() -> None:
    got = read(
        suite(
            '<testcase classname="a.T" name="ok"/>',
            '<testcase classname="a.T" name="bad"><failure message="no">x</failure></testcase>',
            '<testcase classname="a.T" name="err"><error/></testcase>',
            '<testcase classname="a.T" name="skip"><skipped type="pytest.skip"/></testcase>',
            '<testcase classname="a.T" name="expected"><skipped type="pytest.xfail"/></testcase>',
        )
    )
    assert got == {
        "a.T.ok": "passed", "a.T.bad": "failed", "a.T.err": "failed", "a.T.skip": "skipped",
        "a.T.expected": "passed",
    }  # fmt: skip


def test_a_failure_names_its_error_and_the_files_of_the_worktree(tmp_path: Path) -> None:
    (tmp_path / "nova").mkdir()
    (tmp_path / "nova/driver.py").write_text("")
    text = (
        f'Traceback:\n  File "{tmp_path}/nova/driver.py", line 3, in f\n'
        '  File "/usr/lib/python3/os.py", line 2\n'
        f'  File "{tmp_path}/../secret.py", line 1\nnova/gone.py:3: in g\nValueError: no host'
    )
    error = f'<error message="ValueError: no host&#10;more">{text}</error>'
    case = f'<testcase classname="a" name="b">{error}</testcase>'
    (result,) = read_results(io.BytesIO(suite(case).encode()), ResultFormat.JUNIT, root=tmp_path).values()
    assert (result.said, result.files) == ("ValueError: no host", ("nova/driver.py",))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("<testsuite><testcase name='a'/>", "not XML"),
        ("", "not XML"),
        ("<html/>", "no JUnit file"),
        (suite(), "there is no test"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><testsuite><testcase name="&x;"/></testsuite>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>', "document type"),
    ],
)
def test_broken_and_hostile_xml_is_refused(data: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read(data)


def test_of_one_name_twice_the_worst_counts() -> None:
    failed = "<testcase name='a'><failure/></testcase>"
    assert read(suite("<testcase name='a'/>", failed, "<testcase name='a'/>")) == {"a": "failed"}


def test_subunit_two_has_every_outcome_and_what_began_only() -> None:
    statuses = ("success", "fail", "skip", "xfail", "uxsuccess", "inprogress", "exists")
    got = read(stream(*((f"t.{each}", each) for each in statuses)), ResultFormat.SUBUNIT)
    assert got == {
        "t.success": "passed", "t.fail": "failed", "t.skip": "skipped", "t.xfail": "passed",
        "t.uxsuccess": "failed", "t.inprogress": "failed",
    }  # fmt: skip


def test_subunit_text_leads_to_files(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    data = stream(("t", "fail"), text=f'File "{tmp_path}/a.py", line 1\nKeyError: 1\n'.encode())
    (result,) = read_results(io.BytesIO(data), ResultFormat.SUBUNIT, root=tmp_path).values()
    assert (result.said, result.files) == ("KeyError: 1", ("a.py",))


def test_subunit_one() -> None:
    data = b"test: a\nsuccess: a\ntest: b\nfailure: b [\nboom\n]\ntest: c\nskip: c\n"
    assert read(data, ResultFormat.SUBUNIT) == {"a": "passed", "b": "failed", "c": "skipped"}


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_damaged_subunit_is_refused(damage: str) -> None:
    data = bytearray(stream(("a", "success"), ("b", "success")))
    if damage == "cut":
        del data[-3:]
    else:
        data[-2] ^= 0xFF
    with pytest.raises(UnreadableError):
        read(bytes(data), ResultFormat.SUBUNIT)


def test_tap_with_directives_and_without_descriptions() -> None:
    data = (
        "TAP version 13\n1..5\nok 1 - one\nnot ok 2 - two\n  ---\n  at: x\n  ...\n"
        "ok 3 # SKIP no disk\nnot ok 4 four # TODO later\nok\n"
    )
    assert read(data, ResultFormat.TAP) == {
        "one": "passed", "two": "failed", "test 3": "skipped", "four": "passed", "test 5": "passed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("1..3\nok 1\nok 2\n", "3 tests are planned, 2 are there"),
        ("ok 1\n", "no plan"),
        ("1..2\nok 1\nBail out! no database\n", "no database"),
        ("\x00\x01", "no plan"),
    ],
)
def test_tap_that_is_not_whole_is_refused(data: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        read(data, ResultFormat.TAP)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tempest.a.T.test_b[compute,id-6dd1b0b5-6e5c-4ab9-9b3f-0123456789ab,smoke]", "tempest.a.T.test_b"),
        ("a.test_b[<object at 0x7f00aa11bb22>]", "a.test_b[<object at 0x7f00aa11bb33>]"),
        ("\x1b[32ma.b\x1b[0m (12 ms)", "a.b"),
        (f"{ROOT}/tests/a.bats", "tests/a.bats"),
    ],
)
def test_names_of_two_runs_agree(one: str, other: str) -> None:
    assert normal_name(one, root=str(ROOT)) == normal_name(other, root=str(ROOT))


def test_parameters_stay_apart() -> None:
    assert normal_name("a.test_b[1]") != normal_name("a.test_b[2]")


def test_pytest_names_are_dotted() -> None:
    case = '<testcase classname="" name="tests/unit/test_a.py::TestB::test_c"/>'
    assert [*read(suite(case))] == ["tests.unit.test_a.TestB.test_c"]


def test_repetitions_tell_flaky_tests() -> None:
    tallies = Tallies()
    passes, fails = suite("<testcase name='a'/>"), suite("<testcase name='a'><failure/></testcase>")
    seen = []
    for data in (passes, passes, fails):
        tallies.add(read_results(io.BytesIO(data.encode()), ResultFormat.JUNIT, root=ROOT))
        seen.append(tallies.tests()[0].standing)
    assert seen == [Standing.PASSES, Standing.PASSES, Standing.FLAKY]
