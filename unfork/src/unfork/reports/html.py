"""The scan, and one patch's evidence, each as a single HTML page.

A page loads nothing: style and script are inside, named by their hash in its content security
policy, so that nothing a patch says can add another. It is whole without JavaScript.
"""

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from unfork import __version__
from unfork.model import Advice, Scan
from unfork.model.detail import PatchDetail, Side
from unfork.reports import _kin, _words
from unfork.reports._marks import EXTRA, LEGEND, Fold, folded, marks, signed
from unfork.reports._safe import code_line, printable

if TYPE_CHECKING:
    from jinja2 import Environment


def render_html(scan: Scan) -> bytes:
    """The scan as one page, UTF-8."""
    total = _words.counts(scan)
    later = Counter(
        verdict.advice_release
        for verdict in scan.patches
        if verdict.advice is Advice.DROP_AT and verdict.advice_release
    )
    bar, start = [], 0
    for value, number in total.advice:
        bar.append((start, value, number))
        start += number
    return render_page(
        "scan.html.j2",
        script=_resource("scan.js"),
        scan=scan,
        labels=_words.labels_in(scan),
        counts=total,
        bar=bar,
        later=list(later.items()),
        unreadable=[verdict for verdict in scan.patches if verdict.error],
        grouped=_words.same_warnings(scan),
    )


def render_detail_html(detail: PatchDetail, *, full: bool = False) -> bytes:
    """One patch beside its upstream commits, as one page, UTF-8."""
    margin = marks(detail)
    return render_page(
        "patch.html.j2",
        script="",
        detail=detail,
        labels=_words.labels_of(detail.upstreams),
        verdict=detail.verdict,
        changed=sum(line.kind.changes for line in detail.lines),
        legend=LEGEND,
        sides=[
            (number, side, _rows(detail, side, margin, full=full))
            for number, side in enumerate(detail.sides, start=1)
        ],
        alone=[
            (mark, code_line(signed(line)), line.kind)
            for mark, line in zip(margin, detail.lines, strict=True)
        ],
    )


@dataclass(frozen=True, slots=True)
class _TableRow:
    """One row of the two diffs, ready for the template."""

    mark: str = ""
    left: str = ""
    left_kind: str = "gap"
    only: str = ""
    right: str = ""
    right_kind: str = "gap"
    fold: int = 0


def _rows(detail: PatchDetail, side: Side, margin: list[str], *, full: bool) -> list[_TableRow]:
    extra = set(side.extra)
    rows = []
    for row in folded(side, full=full):
        if isinstance(row, Fold):
            rows.append(_TableRow(fold=row.rows))
            continue
        left = None if row.left is None else detail.lines[row.left]
        right = None if row.right is None else side.lines[row.right]
        rows.append(
            _TableRow(
                mark="" if row.left is None else margin[row.left],
                left="" if left is None else code_line(signed(left)),
                left_kind="gap" if left is None else left.kind,
                only=EXTRA if row.right in extra else "",
                right="" if right is None else code_line(signed(right)),
                right_kind="gap" if right is None else right.kind,
            )
        )
    return rows


def render_page(template: str, *, script: str, **context: object) -> bytes:
    from markupsafe import Markup

    style = _resource("page.css")
    scripts = f"script-src {_hash(script)}; " if script else ""
    policy = f"default-src 'none'; style-src {_hash(style)}; {scripts}base-uri 'none'; form-action 'none'"
    text = (
        _environment()
        .get_template(template)
        .render(
            version=__version__,
            policy=policy,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            **context,
        )
    )
    return text.encode("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _resource(name: str) -> str:
    return (resources.files("unfork.reports") / name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def safe(value: object) -> object:
        """What a patch says, without what a browser could act on (autoescape comes after)."""
        return printable(value) if type(value) is str else value

    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=safe,
    )
    environment.globals.update(
        relations_of=_kin.relations_of,
        part_line=_kin.part_line,
        shared_line=_kin.shared_line,
        together_line=_kin.together_line,
        kin_counts=_kin.kin_counts,
        plural=_words.plural,
        searched=_words.searched,
        some=_words.some,
        percent=_words.percent,
        odds=_words.odds,
        name_of=_words.name_of,
        advice_of=_words.advice_of,
        commits_of=_words.commits_of,
        hash_of=_words.hash_of,
        release_of=_words.release_of,
        advice_meaning=_words.ADVICE_MEANING,
        relation_meaning=_words.RELATION_MEANING,
        state_meaning=_words.STATE_MEANING,
    )
    return environment
