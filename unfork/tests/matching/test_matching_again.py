"""The same question has the same answer, and asking changes nothing."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import Made, confirmed, function, unfork

Patch = Callable[..., Any]
BASE = {"a.py": function("renew") + function("stop")}
FIXED = {"a.py": confirmed("renew") + function("stop")}


@pytest.fixture
def question(made: Made, patch: Patch, tmp_path: Path) -> list[str]:
    """The arguments of a scan whose answer has claims, releases and none of them."""
    with made.writing() as writer:
        base = writer.commit("Start", BASE)
        writer.tag("1.0", base)
        for name in ("docs", "lint", "ci", "setup"):
            writer.commit(f"Add {name}", {f"{name}.txt": function(name)})
        fix = writer.commit("Confirm renewals", FIXED)
        writer.tag("2.0", fix)
        pick = f"Confirm renewals\n\n(cherry picked from commit {fix})"
        writer.tag("1.0.1", writer.commit(pick, FIXED, branch="stable", parents=(base,)))
    patch(BASE, FIXED, "Confirm renewals", f"(cherry picked from commit {fix})")
    patch(BASE, {"a.py": BASE["a.py"] + function("home")}, "Call home")
    patch(BASE, {"a.py": confirmed("stop") + function("renew")}, "Turn it around")
    return [
        "scan", "--series", str(tmp_path / "patches"), "--upstream", str(made.path),
        "--base", "1.0", "--target", "2.0", "--cache-dir", str(tmp_path / "cache"), "--json", "-",
    ]  # fmt: skip


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file and folder with its mode, time of change and content."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in [folder, *sorted(folder.rglob("*"))]
    }


def test_a_warm_scan_says_what_the_cold_one_said(question: list[str], tmp_path: Path) -> None:
    code, cold, err = unfork(*question)
    assert (code, err) == (0, "")
    rows = json.loads(cold)["patches"]
    assert [row["relation"] for row in rows] == ["identical", "none", "none"]
    assert rows[0]["first_release"] == "2.0"
    assert rows[0]["commits"][0]["backports"] == ["1.0.1"]
    assert unfork(*question)[1] == cold
    shutil.rmtree(tmp_path / "cache")
    assert unfork(*question, PYTHONHASHSEED="7")[1] == cold


def test_the_order_of_scans_changes_no_answer(made: Made, question: list[str], tmp_path: Path) -> None:
    """An index that holds more than this scan asks for must not weigh in."""
    alone = unfork(*question)[1]
    shutil.rmtree(tmp_path / "cache")
    tip = (made.git("rev-parse", "2.0^{commit}"),)
    with made.writing() as writer:
        later = writer.commit("Later", {"later.txt": function("renew") * 3}, branch="later", parents=tip)
    build = ("index", "build", "--upstream", made.path, "--target", later, "--cache-dir", tmp_path / "cache")
    assert unfork(*build)[0] == 0
    assert unfork(*question)[1] == alone


@pytest.mark.parametrize("bare", [True, False])
def test_the_upstream_and_the_series_are_only_read(
    made: Made, question: list[str], tmp_path: Path, bare: bool
) -> None:
    upstream = made.path
    if not bare:
        upstream = tmp_path / "work"
        subprocess.run(["git", "clone", "-q", str(made.path), str(upstream)], check=True)
        (upstream / "a.py").write_text("not committed\n")
        (upstream / "untracked").write_text("mine\n")
        question = [str(upstream) if word == str(made.path) else word for word in question]
    before = state(upstream), state(tmp_path / "patches")
    for _ in range(2):
        assert unfork(*question)[0] == 0
    assert unfork("show", "1", *question[1:])[0] == 0
    assert unfork("index", "drop", "--upstream", upstream, "--cache-dir", tmp_path / "cache")[0] == 0
    assert (state(upstream), state(tmp_path / "patches")) == before


def test_a_damaged_cache_is_as_good_as_none(question: list[str], tmp_path: Path) -> None:
    cold = unfork(*question)[1]
    files = [
        path for path in sorted((tmp_path / "cache").rglob("*")) if path.is_file() and path.stat().st_size
    ]
    assert len(files) >= 3
    for path in files:
        good = path.read_bytes()
        path.write_bytes(good[: len(good) // 2])
    code, again, err = unfork(*question)
    assert (code, err) == (0, "")
    answers = [json.loads(text)["patches"] for text in (cold, again)]
    assert answers[0] == answers[1]
