"""docs/scenarios.md is true: its example builds, and every key is in it."""

import re
from pathlib import Path

import msgspec
import pytest
from unfork.scenario import Answer, Ask, Carried, Expected, Step, build, parse
from unfork.scenario._content import module
from unfork.scenario._format import Content

DOCS = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_builds(tmp_path: Path) -> None:
    built = build(parse(_block("toml").encode(), where="docs"), tmp_path)
    assert set(built.hashes) == set("ABDEFP")
    assert len(built.names) == 1


def test_the_generated_function_reads_as_shown() -> None:
    assert _block("python") in module("agent", ["start", "renew"])


@pytest.mark.parametrize("struct", [Ask, Step, Carried, Expected, Answer, Content])
def test_every_key_is_explained(struct: type[msgspec.Struct]) -> None:
    missing = [key for key in struct.__struct_fields__ if not re.search(rf"[`.]{key}[`\]]", DOCS)]
    assert not missing
