"""The scan as Markdown for a pull request or a wiki (GitHub's flavour, which GitLab reads too)."""

import re

from unfork.model import Scan, Verdict
from unfork.reports._kin import group_line, joint_line
from unfork.reports._safe import printable
from unfork.reports._words import (
    ADVICE_MEANING,
    Labels,
    advice_of,
    counts,
    hash_of,
    labels_in,
    name_of,
    odds,
    percent,
    plural,
    promising,
    release_of,
    same_warnings,
    searched,
    some,
)

# Everything Markdown could read as markup. "-", "." and "(" are only markup at the start of a line
# or after "[", and a cell is never there.
_ACTIVE = re.compile(r"[\\`*_\[\]|~!$]")
_REPLACED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# A host turns "@name" into a mail to that person and "#12" into a note on that issue, whatever is
# escaped around it; an empty comment between the two is what stops it.
_CALLS = re.compile(r"([@#!])(?=\w)")


def render_markdown(scan: Scan) -> str:
    """Summary and table, ending in a line end."""
    total = counts(scan)
    lines = [
        f"## {plural(len(scan.patches), 'patch', 'patches')}: "
        f"{_code(scan.base_name)} to {_code(scan.target_name)}",
        "",
        f"Series {_code(scan.series)} against upstream {_code(scan.upstream)}, {escape(searched(scan))}.",
        "",
    ]
    if total.advice:
        lines += ["| advice | patches | meaning |", "|---|--:|---|"]
        lines += [f"| **{value}** | {number} | {ADVICE_MEANING[value]} |" for value, number in total.advice]
        lines += [
            "",
            "| patch | relation | upstream | first release | state | advice | sure |",
            "|---|---|---|---|---|---|--:|",
        ]
        lines += [_row(verdict, labels_in(scan)) for verdict in scan.patches]
        lines.append("")
    lines += _groups(scan)
    lines += _questions(scan)
    lines += _warnings(scan)
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(verdict: Verdict, labels: Labels) -> str:
    commits = " ".join(
        f"{_code(hash_of(commit, labels))} ({percent(commit.share)})" for commit in verdict.commits
    )
    cells = (
        f"{_code(name_of(verdict))}<br>{escape(verdict.subject)}",
        str(verdict.relation),
        commits,
        escape(verdict.first_release or ""),
        str(verdict.state),
        f"**{escape(advice_of(verdict))}**",
        percent(verdict.confidence),
    )
    return f"| {' | '.join(cells)} |"


def _groups(scan: Scan) -> list[str]:
    """Patches that belong together, and what some of them are upstream as one change."""
    lines = [f"- {escape(group_line(group))}" for group in scan.groups]
    lines += [f"- {escape(joint_line(joint))}" for joint in scan.joints]
    return ["### Decided together", "", *lines, ""] if lines else []


def _questions(scan: Scan) -> list[str]:
    """What could replace patches: the first suggestion for each that has a promising one."""
    lines = []
    labels = labels_in(scan)
    for verdict in promising(scan):
        first, more = verdict.suggestions[0], len(verdict.suggestions) - 1
        release = release_of(first, labels)
        release = f" ({escape(release)})" if release else ""
        others = f", and {more} more" if more else ""
        chance = f"chance {odds(first.chance)}{others}"
        lines.append(f"- {_code(name_of(verdict))}: {escape(first.title)}{release}; {chance}")
    return ["### Could upstream replace it?", "", *lines, ""] if lines else []


def _warnings(scan: Scan) -> list[str]:
    lines = [
        f"- unreadable: {_code(verdict.name)}: {escape(verdict.error)}"
        for verdict in scan.patches
        if verdict.error
    ]
    lines += [f"- {escape(text)}" for text in scan.warnings]
    lines += [f"- {escape(some(names))}: {escape(text)}" for text, names in same_warnings(scan)]
    return ["### Warnings", "", *lines] if lines else []


def escape(text: str) -> str:
    """``text`` as Markdown that shows just these characters: no markup, no HTML, no mention."""
    text = "".join(_REPLACED.get(char, char) for char in printable(text))
    text = _ACTIVE.sub(lambda found: "\\" + found[0], text)
    return _CALLS.sub(r"\1<!-- -->", text)


def _code(text: str) -> str:
    """A code span that holds any text and may stand in a table cell.

    A pipe would end the cell and a backtick the span, and escapes do not work in there: such a text
    gets the same as HTML.
    """
    text = printable(text)
    if "|" in text or "`" in text:
        return f"<code>{escape(text)}</code>"
    return f"`{text}`" if text else ""
