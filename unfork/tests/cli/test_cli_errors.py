import errno
from pathlib import Path

import pytest
from command_line import Run
from unfork.cli._boundary import crash_report
from unfork.cli._help import EXIT_MEANING
from unfork.commands import scan as scan_command
from unfork.errors import Exit, GitError, InputError, UsageError

ARGS = ("scan", "--series", "s", "--upstream", "u")


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(request: object, *, progress: object = None) -> None:
        raise error

    monkeypatch.setattr(scan_command, "run_scan", fail)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            InputError("a hunk is cut", where="a.patch:7", hint="export it again"),
            Exit.INPUT,
            "a.patch:7: a hunk is cut (export it again)",
        ),
        (UsageError("no base"), Exit.USAGE, "no base"),
        (GitError("git log: broken"), Exit.INPUT, "git log: broken"),
        (InputError("bad \x1b[31mname\nsecond line\udcff"), Exit.INPUT, "bad \\x1b[31mname second line\\xff"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), Exit.INPUT, "/x: No space left on device"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "interrupted; nothing is left half written"),
    ],
)
def test_each_error_is_one_line_and_a_code(
    unfork: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: Exit, line: str
) -> None:
    failing(monkeypatch, error)
    got, out, err = unfork(*ARGS)
    assert got == code
    assert out == ""
    assert err.lstrip("\n") == f"unfork: error: {line}\n"


def test_what_nobody_expected_leaves_a_report(
    unfork: Run, monkeypatch: pytest.MonkeyPatch, hermetic: Path
) -> None:
    failing(monkeypatch, RuntimeError("strange"))
    code, out, err = unfork(*ARGS, "--base", "https://me:secret@example.com/x")
    assert (code, out) == (4, "")
    assert err.count("\n") == 1
    assert err.startswith("unfork: error: internal: RuntimeError: strange (the report to send us: ")
    (report,) = (hermetic / "cache" / "unfork" / "crashes").iterdir()
    assert str(report) in err
    text = report.read_text(encoding="utf-8")
    for part in ("unfork 0.1.0", "git version", "Python 3.", "RuntimeError: strange", "test_cli_errors.py"):
        assert part in text
    assert "secret" not in text
    assert "https://***@example.com/x" in text


def test_a_report_that_cannot_be_written_is_printed(
    unfork: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("UNFORK_CACHE", str(tmp_path / "file"))
    failing(monkeypatch, RuntimeError("strange"))
    code, _, err = unfork(*ARGS)
    assert code == 4
    assert "### unfork failed" in err
    assert err.splitlines()[-1].startswith("unfork: error: internal: RuntimeError: strange (no report file: ")


def test_a_report_without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "git cannot be run" in crash_report(["scan"], ValueError("x"))


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (("scna",), "no command 'scna': did you mean 'scan'? (unfork --help)"),
        (("index", "bild"), "no command 'bild': did you mean 'build'? (unfork index --help)"),
        (("scan", "--serie", "x"), "no option '--serie', did you mean --series? (unfork scan --help)"),
        (("show",), "Missing argument 'PATCH' (unfork show --help)"),
        (("evaluate", "--upstream", "u"), "Missing option '--since' (unfork evaluate --help)"),
    ],
)
def test_usage_errors_offer_the_nearest(unfork: Run, argv: tuple[str, ...], line: str) -> None:
    code, out, err = unfork(*argv)
    assert (code, out, err) == (2, "", f"unfork: error: {line}\n")


def test_no_command_is_help_and_a_usage_error(unfork: Run) -> None:
    code, out, err = unfork()
    assert (code, out) == (2, "")
    assert "Commands:" in err


def test_every_exit_code_has_its_words() -> None:
    assert set(EXIT_MEANING) == set(Exit)
