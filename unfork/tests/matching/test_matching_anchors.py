"""Which lines two changes have in the same place, and how sure the matcher is."""

import numpy as np
import pytest
from unfork.history import hash_texts
from unfork.matching import calibration_error, reliability
from unfork.matching.context import anchored_lines, wide_of_patch
from unfork.matching.settings import default_search
from unfork.series import parse_patch


def wide(*lines: str, path: str = "agent.py") -> object:
    body = "\n".join(lines) + "\n"
    text = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n{body}"
    return wide_of_patch(parse_patch(text.encode(), "one.patch"))


def anchored(ours: object, theirs: object, *shared: str) -> list[bool]:
    hashes, _ = hash_texts([line.encode() for line in shared])
    found = set(anchored_lines(ours, theirs, np.sort(hashes), default_search()).tolist())
    return [key in found for key in hashes.tolist()]


def test_a_line_beside_the_same_code_is_in_its_place() -> None:
    ours = wide(" def renew_the_lease(agent):", "+    agent.confirm()", " # ours")
    theirs = wide(
        " def renew_the_lease(agent):", "-    agent.drop()", "+    agent.confirm()", path="moved.py"
    )
    assert anchored(ours, theirs, "+    agent.confirm()") == [True]


def test_a_line_beside_other_code_is_not() -> None:
    ours = wide(" def renew_the_lease(agent):", "+    agent.confirm()")
    theirs = wide(" def expire_the_lease(agent):", "+    agent.confirm()")
    assert anchored(ours, theirs, "+    agent.confirm()") == [False]


def test_what_stands_everywhere_is_no_place() -> None:
    ours = wide(" try:", "+    agent.confirm()", " return", " }")
    assert anchored(ours, ours, "+    agent.confirm()") == [False]


def test_lines_both_change_are_no_place_for_each_other() -> None:
    ours = wide("+    lease = agent.lease_of(port)", "+    agent.confirm(lease)")
    assert (
        anchored(ours, ours, "+    lease = agent.lease_of(port)", "+    agent.confirm(lease)") == [False] * 2
    )


def test_a_piece_is_held_by_its_end() -> None:
    far = [f"+    step_{at} = agent.step({at})" for at in range(20)]
    ours = wide(" def renew_the_lease(agent):", *far)
    theirs = wide(" def renew_the_lease(agent):", *far, " # more of it")
    assert anchored(ours, theirs, *far) == [True] * 20
    apart = wide(" def renew_the_lease(agent):", *far[:10], *[" a = b"] * 7, *far[10:])
    assert anchored(apart, theirs, *far) == [True] * 10 + [False] * 10


def test_reliability_sets_claimed_beside_true() -> None:
    low, high = reliability([(0.12, False), (0.18, False), (0.9, True), (1.0, False)])
    assert (low.claimed, low.true, low.count) == (pytest.approx(0.15), 0.0, 2)
    assert (high.claimed, high.true, high.count) == (pytest.approx(0.95), 0.5, 2)
    assert calibration_error([low, high]) == pytest.approx((0.15 * 2 + 0.45 * 2) / 4)
    assert calibration_error([]) == 0.0
