import json
from pathlib import Path

import pytest
from command_line import Run
from report_samples import sample_scan
from unfork.commands import demo as demo_command
from unfork.commands import evaluate as evaluate_command
from unfork.commands import index as index_command
from unfork.model.evaluation import Bin, Evaluation, IndexStatus, Miss, Share


def evaluation(*, leave_out: bool = False) -> Evaluation:
    return Evaluation(
        upstream="../nova",
        ranges=("1..2", "1..3"),
        content_only=True,
        leave_out=leave_out,
        truth=200,
        recall_at_1=Share(198, 200, 0.9643, 0.9973),
        recall_at_5=Share(199, 200, 0.9722, 0.9991),
        wrong=Share(1, 200, 0.0009, 0.0278),
        false_claims=Share(2, 200, 0.0027, 0.0357),
        part_claims=Share(4, 200, 0.0078, 0.0503),
        differing=Share(58, 60, 0.8862, 0.9908),
        reliability=(Bin(0.25, 1, 4), Bin(0.99, 195, 196)),
        calibration_error=0.0051,
        misses=(
            Miss("a" * 40, "b" * 40, "c" * 40, 2, "Fix \x1b[1mit"),
            Miss("d" * 40, "e" * 40, None, None, "S"),
        ),
        commits_searched=7602,
    )


EVALUATE = ("evaluate", "--upstream", "../nova", "--since", "1", "--backports", "1..2", "--backports", "1..3")


def test_evaluate_prints_figures_and_misses(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(request: evaluate_command.EvaluateRequest, *, progress: object = None) -> Evaluation:
        asked.append(request)
        return evaluation()

    monkeypatch.setattr(evaluate_command, "run_evaluate", answer)
    code, out, _ = unfork(*EVALUATE, "--content-only", "--floor", "0.99")
    assert code == 0
    assert asked[0].backports == ("1..2", "1..3")
    assert (asked[0].content_only, asked[0].leave_out) == (True, False)
    assert "recall at first place           99.00%  198/200  96.43% to 99.73%" in out
    assert "only in part, by other commits 2.00% 4/200 0.78% to 5.03%" in " ".join(out.split())
    assert "99.00% 99.49% 196" in " ".join(out.split())
    assert "expected calibration error: 0.51%" in out
    assert "miss aaaaaaaaaa of bbbbbbbbbb: claimed cccccccccc, at place 2: Fix \\x1b[1mit" in out
    assert "miss dddddddddd of eeeeeeeeee: nothing claimed, not among the candidates: S" in out
    assert out.endswith("floor 99.00%: reached\n")
    assert unfork(*EVALUATE, "--floor", "0.991")[0] == 1
    assert json.loads(unfork(*EVALUATE, "--json", "-")[1])["recall_at_1"] == 0.99


def test_evaluate_with_the_originals_left_out(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        evaluate_command, "run_evaluate", lambda request, progress=None: evaluation(leave_out=True)
    )
    _, out, _ = unfork(*EVALUATE, "--leave-out")
    assert "false claims" in out
    assert "recall" not in out


def status(*, present: bool = True, current: bool = True) -> IndexStatus:
    return IndexStatus("../nova", Path("/c/x"), present, 7602, 1_500_000, 15_800_000, current)


def test_index_commands(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        index_command, "build_index", lambda request, progress=None: (asked.append(request), status())[1]
    )
    monkeypatch.setattr(index_command, "index_status", lambda request: status(current=False))
    monkeypatch.setattr(index_command, "drop_index", lambda request: status())
    out = unfork("index", "build", "--upstream", "../nova", "--since", "1", "--target", "2")[1]
    assert (asked[0].upstream, asked[0].since, asked[0].target) == ("../nova", "1", "2")
    assert "holds     7,602 commits, 1,500,000 changed lines\nsize      15.8 MB\n" in out
    assert "state     upstream has more" in unfork("index", "status", "--upstream", "../nova")[1]
    assert "state     removed" in unfork("index", "drop", "--upstream", "../nova")[1]
    assert json.loads(unfork("index", "status", "--upstream", "../nova", "--json", "-")[1])["commits"] == 7602


def test_index_takes_its_upstream_from_the_file(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(
        index_command,
        "index_status",
        lambda request: (seen.append(request.upstream), status(present=False))[1],
    )
    assert unfork("index", "status")[0] == 2
    Path("unfork.toml").write_text('upstream = "../nova"\n', encoding="utf-8")
    assert "state     not built" in unfork("index", "status")[1]
    assert seen == ["../nova"]


def test_demo_says_where_its_page_is(unfork: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(out: Path, *, progress: object = None) -> demo_command.DemoResult:
        out.mkdir()
        return demo_command.DemoResult(
            sample_scan(), out, out / "up.git", out / "fork.git", "d/patches", "1.0", "2.0",
            page=out / "scan.html", json=out / "scan.json",
        )  # fmt: skip

    monkeypatch.setattr(demo_command, "run_demo", answer)
    code, out, _ = unfork("demo", "--out", "d")
    assert code == 0
    assert "# page: d/scan.html\n" in out
    assert "# next: unfork show 1 --series d/patches --upstream d/up.git --base 1.0 --target 2.0\n" in out
    assert Path("d/scan.html").read_bytes().startswith(b"<!doctype html>")
    assert json.loads(Path("d/scan.json").read_bytes())["schema"] == "unfork-scan/1"
