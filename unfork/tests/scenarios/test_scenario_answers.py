"""The main job, on every scenario: relation, commits, release, state and advice of each patch.

Where ``answer_now`` stands in a scenario the tool is known to fall short of the truth. The day it
tells the truth the test fails, and the key is removed.
"""

from pathlib import Path
from typing import Any

from unfork.commands.scan import ScanRequest, run_scan
from unfork.model import Scan
from unfork.scenario import Built


def _scan(built: Built, cache: Path) -> Scan:
    ask = built.scenario.ask
    request = ScanRequest(
        series=built.series,
        upstream=str(built.upstream),
        base=built.base,
        target=built.target,
        carrier=None,
        release_pattern=ask.release_pattern,
        cache_dir=cache,
    )
    return run_scan(request)


def _told(built: Built, verdict: Any) -> dict[str, Any]:
    return {
        "relation": verdict.relation,
        "commits": built.ids([commit.sha for commit in verdict.commits]),
        "first_release": verdict.first_release or "",
        "state": verdict.state,
        "state_alone": verdict.state_alone,
        "advice": verdict.advice,
        "advice_release": verdict.advice_release or "",
        "kin": sorted(
            f"{kin.kind} {built.names.index(kin.other) + 1}"
            for kin in verdict.kin
            if kin.patch == verdict.name
        ),
    }


def test_every_patch_gets_its_answer(built: Built, tmp_path: Path) -> None:
    scan = _scan(built, tmp_path / "cache")
    assert [verdict.name for verdict in scan.patches] == list(built.names)
    pairs = zip(built.names, built.scenario.series, strict=True)
    expected = {name: patch.expect.today() for name, patch in pairs}
    told = {verdict.name: _told(built, verdict) for verdict in scan.patches}
    asked = {name: {key: told[name][key] for key in answer} for name, answer in expected.items()}
    assert asked == expected
    for verdict, patch in zip(scan.patches, built.scenario.series, strict=True):
        assert bool(verdict.error) == bool(patch.expect.error), verdict.name
        assert patch.expect.error in (verdict.error or "")
