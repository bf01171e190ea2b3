"""How well the matcher does on the backports of a public history, as ``unfork evaluate`` measures it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figures import Answer, Figure, at_least, at_most
from bench.processes import run
from bench.scanning import unfork, with_cache

RECALL, RECALL_BY_CONTENT, FALSE_CLAIMS = 0.995, 0.985, 0.005


def evaluate(
    clone: Path, since: str, ranges: Sequence[str], cache: Path, *options: str, watch: bool = False
) -> tuple[dict[str, Any], Any]:
    """The JSON of one evaluation, and its run."""
    backports = [part for each in ranges for part in ("--backports", each)]
    done = run(
        unfork("evaluate", "--upstream", str(clone), "--since", since, *backports, *options,
               "--json", "-", "--no-progress"),
        env=with_cache(cache), watch=watch,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.out)
    return document, done


def answer_of(name: str, clone: Path, since: str, ranges: Sequence[str], cache: Path) -> Answer:
    """Recall and wrong answers with the message and without, false claims with the original left out."""
    figures: list[Figure] = []
    facts: dict[str, object] = {"since": since, "ranges": list(ranges)}
    for words, options, bar in (
        ("with message", (), RECALL),
        ("content only", ("--content-only",), RECALL_BY_CONTENT),
    ):
        found, _ = evaluate(clone, since, ranges, cache, *options)
        without, _ = evaluate(clone, since, ranges, cache, *options, "--leave-out")
        facts[words] = {"found": found, "left_out": without}
        recall, claims = found["recall_at_1"], without["false_claims"]
        figures += [
            at_least(f"recall at first place, {words}", recall, bar, note=_interval(found, "recall_at_1")),
            Figure(f"recall in the first five, {words}", found["recall_at_5"],
                   note=_interval(found, "recall_at_5")),
            Figure(f"recall where the patch-id differs, {words}", found["differing_recall_at_1"],
                   note=_interval(found, "differing_recall_at_1", rows=found["differing"])),
            Figure(f"another commit claimed, {words}", found["wrong"], note=_interval(found, "wrong")),
            at_most(f"false claims, original left out, {words}", claims, FALSE_CLAIMS,
                    note=_interval(without, "false_claims")),
        ]  # fmt: skip
    return Answer(f"recall-{name}", f"{name}: {len(ranges)} stable lines since {since}", figures, facts=facts)


def hits(document: dict[str, Any], share: str, rows: int | None = None) -> int:
    """How many rows a share of the document stands for."""
    value: float = document[share]
    of: int = document["truth"] if rows is None else rows
    return round(value * of)


def _interval(document: dict[str, Any], share: str, rows: int | None = None) -> str:
    low, high = document[f"{share}_interval"]
    of = document["truth"] if rows is None else rows
    return f"{hits(document, share, rows)} of {of}, 95 %: {low:.4f} to {high:.4f}"
