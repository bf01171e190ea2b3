"""Small series written as lines: what a patch takes away and adds in one file."""

from collections.abc import Callable, Sequence

import pytest
from unfork.grouping import Relations, find_relations
from unfork.matching import default_models
from unfork.model import Kin, Patch
from unfork.series import parse_patch

Own = Callable[..., Patch]
Related = Callable[[Sequence[Patch]], list[Kin]]


@pytest.fixture
def own() -> Own:
    """A patch of lines with their signs; a line without one is context."""

    def call(
        number: int | str,
        subject: str,
        *lines: str,
        body: str = "",
        sha: str = "",
        path: str = "agent.py",
    ) -> Patch:
        old = sum(not line.startswith("+") for line in lines)
        new = sum(not line.startswith("-") for line in lines)
        hunk = [line if line[:1] in ("+", "-") else f" {line}" for line in lines]
        diff = [
            f"diff --git a/{path} b/{path}",
            f"--- a/{path}",
            f"+++ b/{path}",
            f"@@ -1,{old} +1,{new} @@",
            *hunk,
        ]
        head = [f"From {sha or format(int(str(number).split('.')[0]), '040x')} Mon Sep 17 00:00:00 2001"]
        head += ["From: A U Thor <author@example.com>", f"Subject: [PATCH] {subject}", "", body, "---"]
        number = number if isinstance(number, str) else f"{number:04d}"
        return parse_patch("\n".join([*head, "", *diff, ""]).encode(), f"{number}-patch.patch")

    return call


@pytest.fixture
def relations() -> Callable[[Sequence[Patch]], Relations]:
    """All that is found, with the bounds that ship."""
    return lambda patches: find_relations(patches, default_models().series)


@pytest.fixture
def related(relations: Callable[[Sequence[Patch]], Relations]) -> Related:
    """The relations of a series as reports have them."""
    return lambda patches: [edge.named(patches) for edge in relations(patches).edges]
