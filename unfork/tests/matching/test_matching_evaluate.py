"""Measuring where the truth is known: backports on stable branches of a generated upstream."""

import json
from pathlib import Path
from typing import Any

import pytest
from making import Made, confirmed, function, one_line, unfork
from unfork.commands.evaluate import EvaluateRequest, run_evaluate
from unfork.model.evaluation import Evaluation

NAMES = [
    f"{verb}_{noun}" for verb in ("start", "renew", "expire", "drain") for noun in ("lease", "route", "port")
]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, dict[str, str]]:
    """Twelve changes on master; all of them on stable/1, every third reworked, four on stable/2."""
    made = Made(tmp_path_factory.mktemp("evaluate") / "up.git")
    with made.writing() as writer:
        base = writer.commit("Start", {f"{name}.py": function(name) for name in NAMES})
        writer.tag("1.0", base)
        change = "Change-Id: I%040x"
        fixes = {}
        for number, name in enumerate(NAMES):
            message = f"Confirm {name}\n\nCloses-Bug: #{1234500 + number}\n{change % number}\n"
            fixes[name] = writer.commit(message, {f"{name}.py": confirmed(name)})
            writer.commit(f"Document {name}", {f"{name}.txt": function(f"{name}_text")})
        writer.tag("2.0", fixes["drain_route"])
        for branch, names in (("stable/1", NAMES), ("stable/2", NAMES[:4])):
            parent: tuple[str, ...] | None = (base,)
            for number, name in enumerate(names):
                text = confirmed(name)
                if number % 3 == 0:
                    text = text.replace("LOG.warning", "LOG.error")
                picked = f"(cherry picked from commit {fixes[name]})"
                message = f"Confirm {name}\n\n{change % number}\n{picked}\n"
                writer.commit(message, {f"{name}.py": text}, branch=branch, parents=parent)
                parent = None
        lost = writer.commit(
            f"Something else\n\n(cherry picked from commit {fixes['drain_port']})",
            {"x.txt": function("unheard_of")}, branch="lost", parents=(base,),
        )  # fmt: skip
        writer.commit(f"Not in range\n\n(cherry picked from commit {base})", {"y.txt": "y\n"}, branch="lost")
    return made, {"lost": lost, **fixes}


def measured(made: Made, cache: Path, *ranges: str, **options: bool) -> Evaluation:
    return run_evaluate(EvaluateRequest(str(made.path), "1.0", ranges, cache_dir=cache, **options))


@pytest.mark.parametrize("content_only", [False, True])
def test_every_backport_is_found(upstream: Any, tmp_path: Path, content_only: bool) -> None:
    made, _ = upstream
    result = measured(made, tmp_path, "1.0..stable/1", "1.0..stable/2", content_only=content_only)
    assert result.truth == 16
    assert (result.recall_at_1.hits, result.recall_at_5.hits) == (16, 16)
    assert result.recall_at_1.value == 1.0
    assert (result.wrong.hits, result.false_claims.hits) == (0, 0)
    assert result.misses == ()
    # Every third of each branch was reworked: these have another patch-id.
    assert (result.differing.hits, result.differing.of) == (6, 6)
    assert 0.7 < result.recall_at_1.low < result.recall_at_1.high == 1.0


@pytest.mark.parametrize("content_only", [False, True])
def test_nothing_is_claimed_when_the_original_is_left_out(
    upstream: Any, tmp_path: Path, content_only: bool
) -> None:
    made, _ = upstream
    result = measured(made, tmp_path, "1.0..stable/1", content_only=content_only, leave_out=True)
    assert result.truth == 12
    assert (result.false_claims.hits, result.false_claims.of) == (0, 12)
    assert result.recall_at_1.hits == 0


def test_a_miss_is_listed(upstream: Any, tmp_path: Path) -> None:
    made, shas = upstream
    result = measured(made, tmp_path, "1.0..lost")
    assert result.truth == 1  # the other names a commit outside the range
    assert result.recall_at_1.hits == 0
    (miss,) = result.misses
    assert (miss.backport, miss.truth, miss.claimed) == (shas["lost"], shas["drain_port"], None)
    assert miss.subject == "Something else"


def test_the_command_and_its_floor(upstream: Any, tmp_path: Path) -> None:
    made, _ = upstream
    args = (
        "evaluate",
        "--upstream",
        made.path,
        "--since",
        "1.0",
        "--cache-dir",
        tmp_path,
        "--backports",
        "1.0..stable/2",
    )
    code, out, err = unfork(*args, "--floor", "1.0", "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["truth"], document["recall_at_1"], document["recall_at_5"]) == (4, 1.0, 1.0)
    assert (document["wrong"], document["false_claims"], document["differing"]) == (0.0, 0.0, 2)
    code, out, err = unfork(*args, "--backports", "1.0..lost", "--floor", "0.9")
    assert (code, err) == (1, "")
    assert "4/5" in out


@pytest.mark.parametrize(
    ("backports", "line"),
    [
        ("stable/1", "'stable/1' is no range of commits (write it as OLD..NEW)"),
        ("1.0..stabel/1", "there is no revision 'stabel/1' (nearest: stable/1"),
        ("1.0..2.0", "no commit of the backports names a searched commit it was picked from"),
        ("2.0..1.0", "no commit of the backports names a searched commit it was picked from"),
    ],
)
def test_ranges_that_measure_nothing(upstream: Any, tmp_path: Path, backports: str, line: str) -> None:
    made, _ = upstream
    code, out, err = unfork(
        "evaluate",
        "--upstream",
        made.path,
        "--since",
        "1.0",
        "--cache-dir",
        tmp_path,
        "--backports",
        backports,
    )
    assert (code, out) == (3, "")
    assert line in one_line(err)


def test_an_empty_backport(tmp_path: Path) -> None:
    """A pick whose change was there already is an empty commit: a row like any other."""
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        base = writer.commit("Start", {"a": function("a")})
        writer.tag("1.0", base)
        fix = writer.commit("Confirm a", {"a": confirmed("a")})
        writer.commit(f"Confirm a\n\n(cherry picked from commit {fix})", branch="stable", parents=(base,))
    result = measured(made, tmp_path / "cache", "1.0..stable")
    assert result.truth == 1
