"""Small results as text: an evaluation, the status of an index."""

from unfork.model.evaluation import Evaluation, IndexStatus, Share
from unfork.reports._safe import printable
from unfork.reports._terminal import pad, widths
from unfork.reports._words import SHORT, plural


def render_evaluation(result: Evaluation, *, quiet: bool = False, floor: float | None = None) -> str:
    """The figures with their intervals, then the misses; ends in a line end."""
    rows = [("measure", "share", "count", "95 % interval")]
    rows += [
        (
            label,
            _share(share.value),
            f"{share.hits}/{share.of}",
            f"{_share(share.low)} to {_share(share.high)}",
        )
        for label, share in _figures(result)
    ]
    sizes = widths(rows)
    lines = ["  ".join(map(pad, row, sizes)).rstrip() for row in rows]
    if not quiet:
        lines.append("")
        modes = [
            words
            for words, on in (("content only", result.content_only), ("originals left out", result.leave_out))
            if on
        ]
        lines.append(
            f"{plural(result.truth, 'backport')} of {printable(', '.join(result.ranges))}, "
            f"{plural(result.commits_searched, 'upstream commit')} searched"
            + (f" ({', '.join(modes)})" if modes else "")
        )
        lines += ["", *_reliability(result), ""]
        lines += [
            _miss_line(miss.backport, miss.truth, miss.claimed, miss.rank, miss.subject)
            for miss in result.misses
        ]
    if floor is not None:
        above = result.recall_at_1.value >= floor
        lines.append(f"floor {_share(floor)}: {'reached' if above else 'NOT reached'}")
    return "\n".join(lines) + "\n"


def _reliability(result: Evaluation) -> list[str]:
    """How sure the best candidate was, and how often it was right."""
    rows = [("confidence", "right", "count")]
    rows += [(_share(each.claimed), _share(each.true), str(each.count)) for each in result.reliability]
    sizes = widths(rows)
    table = ["  ".join(map(pad, row, sizes)).rstrip() for row in rows]
    return [*table, f"expected calibration error: {_share(result.calibration_error)}"]


def render_index_status(status: IndexStatus, *, dropped: bool = False) -> str:
    """What the cache holds, one fact a line; a repository after the other."""
    if not status.present:
        state = "nothing to remove" if dropped else "not built"
    elif dropped:
        state = "removed"
    else:
        state = "current" if status.current else "upstream has more, the next scan adds it"
    facts = [("upstream", status.upstream), ("index", str(status.path)), ("state", state)]
    if status.present:
        facts.append(("holds", f"{plural(status.commits, 'commit')}, {plural(status.lines, 'changed line')}"))
        facts.append(("size", f"{status.size / 1e6:.1f} MB"))
    if status.note:
        facts.append(("note", status.note))
    text = "".join(f"{label:<10}{printable(text)}\n" for label, text in facts)
    return "\n".join([text, *(render_index_status(each, dropped=dropped) for each in status.also)])


def _figures(result: Evaluation) -> list[tuple[str, Share]]:
    parts = ("only in part, by other commits", result.part_claims)
    figures = [("false claims", result.false_claims), parts]
    if not result.leave_out:
        figures = [
            ("recall at first place", result.recall_at_1),
            ("recall in first five", result.recall_at_5),
            ("  where the patch-id differs", result.differing),
            ("wrong answers", result.wrong),
            parts,
        ]
    return figures


def _share(value: float) -> str:
    return f"{value:.2%}"


def _miss_line(backport: str, truth: str, claimed: str | None, rank: int | None, subject: str) -> str:
    place = f"at place {rank}" if rank else "not among the candidates"
    answer = f"claimed {claimed[:SHORT]}" if claimed else "nothing claimed"
    return f"miss {backport[:SHORT]} of {truth[:SHORT]}: {answer}, {place}: {printable(subject)}"
