"""``show`` lays the right patch beside the right commits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import Made, confirmed, function
from unfork.commands.scan import ScanRequest
from unfork.commands.show import run_show
from unfork.errors import InputError
from unfork.model.detail import PatchDetail

Patch = Callable[..., Any]
BASE = {"a.py": function("renew") + function("stop")}
FIXED = {"a.py": confirmed("renew") + function("stop")}


@pytest.fixture
def show(made: Made, patch: Patch, tmp_path: Path) -> Callable[[str], PatchDetail]:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", BASE))
        for name in ("docs", "lint", "ci"):
            writer.commit(f"Add {name}", {f"{name}.txt": function(name)})
        writer.commit("Confirm renewals", FIXED)
    patch(BASE, FIXED, "Confirm renewals", name="0001-confirm-renewals.patch")
    patch(BASE, {"a.py": BASE["a.py"] + function("home")}, "Call home", name="0002-call-home.patch")
    patch(BASE, {"a.py": BASE["a.py"] + function("away")}, "Call away", name="0010-call-away.patch")
    request = ScanRequest(
        str(tmp_path / "patches"), str(made.path), "1.0", "master", cache_dir=tmp_path / "cache"
    )
    return lambda wanted: run_show(request, wanted)


def test_every_way_to_name_a_patch(show: Callable[[str], PatchDetail]) -> None:
    first = show("0001-confirm-renewals.patch")
    assert first.verdict.subject == "Confirm renewals"
    identity = first.verdict.id
    assert len(identity) >= 7
    for wanted, name in [
        ("1", "0001-confirm-renewals.patch"),
        ("2", "0002-call-home.patch"),
        ("3", "0010-call-away.patch"),
        ("0010", "0010-call-away.patch"),
        ("home", "0002-call-home.patch"),
        (identity, "0001-confirm-renewals.patch"),
        (identity[:7], "0001-confirm-renewals.patch"),
    ]:
        assert show(wanted).verdict.name == name, wanted


@pytest.mark.parametrize(
    ("wanted", "error", "hint"),
    [
        ("call", "'call' names 2 patches", "0002-call-home.patch, 0010-call-away.patch"),
        (
            "0002-call-hmoe.patch",
            "no patch is called '0002-call-hmoe.patch'",
            "nearest: 0002-call-home.patch",
        ),
        ("4", "no patch is called '4'", "unfork scan lists them"),
        ("0", "'0' names 3 patches", "more of the name"),
        ("", "'' names 3 patches", "more of the name"),
    ],
)
def test_names_that_do_not_do(show: Callable[[str], PatchDetail], wanted: str, error: str, hint: str) -> None:
    with pytest.raises(InputError, match=error) as caught:
        show(wanted)
    assert hint in str(caught.value.hint)


def test_a_claimed_patch_beside_its_commit(made: Made, show: Callable[[str], PatchDetail]) -> None:
    detail = show("1")
    (side,) = detail.sides
    assert side.claimed
    assert side.commit.sha == made.git("rev-parse", "master")
    assert detail.residue == ()
    assert detail.verdict.evidence


def test_one_that_is_not_upstream(show: Callable[[str], PatchDetail]) -> None:
    detail = show("2")
    assert detail.verdict.commits == ()
    assert not any(side.claimed for side in detail.sides)
    assert len(detail.residue) == detail.verdict.residue == 8  # all it adds but two blank lines
