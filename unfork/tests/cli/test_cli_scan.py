import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run
from report_samples import sample_scan
from unfork.commands import show as show_command
from unfork.commands.scan import ScanRequest
from unfork.model.detail import PatchDetail
from unfork.reports.align import detail
from unfork.reports.json import render_json
from unfork.reports.text import render_text

ARGS = ("--series", "patches", "--upstream", "../up")


def test_piped_answer_is_plain(unfork: Run, asked: list[ScanRequest]) -> None:
    code, out, err = unfork("scan", *ARGS)
    assert (code, err) == (0, "")
    assert out == render_text(sample_scan())


def test_options_reach_the_scan(unfork: Run, asked: list[ScanRequest], tmp_path: Path) -> None:
    unfork(
        "scan", *ARGS, "--base", "v1", "--target", "v2", "--carrier", "quilt", "--since", "v0",
        "--release-pattern", "^v", "--cache-dir", str(tmp_path),
    )  # fmt: skip
    assert asked == [
        ScanRequest(
            "patches",
            "../up",
            "v1",
            "v2",
            carrier="quilt",
            release_pattern="^v",
            cache_dir=tmp_path,
            since="v0",
            plan=Path("unfork-plan"),
        )
    ]


def test_cache_from_the_environment(
    unfork: Run, asked: list[ScanRequest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNFORK_CACHE", str(tmp_path))
    unfork("scan", *ARGS)
    assert asked[0].cache_dir == tmp_path


def test_files_are_written_and_the_table_is_printed(unfork: Run, asked: list[ScanRequest]) -> None:
    code, out, _ = unfork("scan", *ARGS, "--json", "a.json", "--markdown", "a.md", "--html", "a.html")
    assert code == 0
    assert out.startswith("#patch")
    assert json.loads(Path("a.json").read_bytes())["schema"] == "unfork-scan/1"
    assert Path("a.md").read_text(encoding="utf-8").startswith("## 9 patches")
    assert Path("a.html").read_bytes().startswith(b"<!doctype html>")
    assert sorted(path.name for path in Path().iterdir()) == [".git", "a.html", "a.json", "a.md"]


def test_json_on_standard_output_is_all_there_is(unfork: Run, asked: list[ScanRequest]) -> None:
    _, out, _ = unfork("scan", *ARGS, "--json", "-")
    assert out.encode() == render_json(sample_scan())


def test_two_streams_and_bad_folders_are_refused_before_the_work(
    unfork: Run, asked: list[ScanRequest]
) -> None:
    code, _, err = unfork("scan", *ARGS, "--json", "-", "--html", "-")
    assert (code, err) == (2, "unfork: error: only one output can be '-', not --json and --html\n")
    code, _, err = unfork("scan", *ARGS, "--json", "no/such/a.json")
    assert (code, err) == (3, "unfork: error: no/such/a.json: cannot write: there is no such folder\n")
    assert asked == []


def test_color_always_is_the_form_for_people(unfork: Run, asked: list[ScanRequest]) -> None:
    _, out, _ = unfork("scan", *ARGS, "--color", "always")
    assert "\x1b[" in out
    assert not out.startswith("#")


def test_no_color_is_honoured_on_a_terminal(
    unfork: Run, asked: list[ScanRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in unfork("scan", *ARGS)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    out = unfork("scan", *ARGS)[1]
    assert out == render_text(sample_scan(), width=80)


def test_the_command_line_wins_over_the_file(unfork: Run, asked: list[ScanRequest]) -> None:
    Path("unfork.toml").write_text('series = "a"\nupstream = "u"\ntarget = "v1"\n', encoding="utf-8")
    _, _, err = unfork("scan", "--target", "v2", "-v")
    assert asked[0] == ScanRequest("a", "u", None, "v2", plan=Path("unfork-plan"))
    assert err == f"unfork: settings from {Path.cwd() / 'unfork.toml'}\n"


def test_what_is_missing_is_named(unfork: Run, asked: list[ScanRequest]) -> None:
    code, _, err = unfork("scan", "--series", "x")
    assert code == 2
    assert err == (
        "unfork: error: no --upstream given "
        "(give it, or set upstream in unfork.toml, which unfork init writes)\n"
    )


def test_a_pattern_that_is_none(unfork: Run, asked: list[ScanRequest]) -> None:
    code, _, err = unfork("scan", *ARGS, "--release-pattern", "v(")
    assert code == 3
    assert err.startswith("unfork: error: --release-pattern: not a regular expression: ")


def test_show_prints_and_writes(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from report_samples import change, commit, sample_patch

    names = []

    def answer(request: ScanRequest, patch: str, *, progress: object = None) -> PatchDetail:
        names.append((request.series, patch))
        files = (change("a.py", b"+x"),)
        return detail(sample_scan().patches[2], sample_patch(*files), [(commit("c"), files, True)])

    monkeypatch.setattr(show_command, "run_show", answer)
    code, out, _ = unfork("show", "0003", *ARGS, "--html", "p.html")
    assert (code, names) == (0, [("patches", "0003")])
    assert "1 +x" in out
    assert b'<table class="diff">' in Path("p.html").read_bytes()
    assert json.loads(unfork("show", "0003", *ARGS, "--json", "-")[1])["schema"] == "unfork-show/1"


def test_a_closed_pipe_is_quiet_and_files_are_written(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from report_samples import big_scan\n"
        "from unfork.commands import scan\n"
        "scan.run_scan = lambda request, progress=None: big_scan(5000)\n"
        "from unfork.cli import run\n"
        "sys.exit(run(['scan', '--series', 'a', '--upstream', 'b', '--json', 'a.json']))\n"
    )
    tests = str(Path(__file__).resolve().parents[1])
    writer = subprocess.Popen(
        [sys.executable, "-c", program, tests], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.readline()
    writer.stdout.close()
    errors = writer.stderr.read()
    writer.stderr.close()
    assert (writer.wait(timeout=60), errors) == (0, b"")
    assert len(json.loads((tmp_path / "a.json").read_bytes())["patches"]) == 5000
