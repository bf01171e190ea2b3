"""How many changes made after code moved to another repository are found there.

    python benchmarks/moved_code.py --nova CLONE --placement CLONE [--content-only] [--leave-out]

Nova's placement service went to openstack/placement after nova's 18.0.0, where its files got other
names and their imports too; nova kept its own until 19.0.0. Each commit made there since is put on the
tree of that nova by the names it has, file by file where ``git apply`` takes it; what applies, when it
is at least half of the commit, is a patch that somebody who stayed with nova could carry. The truth is
the commit it was made of. The names are translated by a rule that is written down here, not by what
the matcher found out.
Nothing is kept but figures.
"""

import argparse
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Answer, Figure, print_answer
from rich.console import Console
from unfork.commands.scan import ScanRequest, run_scan
from unfork.deciding import record
from unfork.history import hash_texts
from unfork.model import Scan, Verdict
from unfork.model.decision import Decision, DecisionKind
from unfork.series import read_series

TARGET = "20.0.0"  # the first release without the code
_RULES = (
    (b"placement/tests/functional/", b"nova/tests/functional/api/openstack/placement/"),
    (b"placement/tests/unit/", b"nova/tests/unit/api/openstack/placement/"),
    (b"placement/", b"nova/api/openstack/placement/"),
)
_MODULE = re.compile(rb"(?<![\w./-])placement(?=\.[a-z_]+|\s+import\b)")
_TRAILER = re.compile(r"^[A-Z][\w-]+: ")
_LEAST = 3  # changed lines that say something: fewer cannot be told from another change


@dataclass(frozen=True, slots=True)
class Carried:
    """A patch made of a commit."""

    sha: str
    name: str


def main() -> int:
    """Make the patches, scan them, print what was found."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="moved-code-") as scratch:
        folder = Path(scratch)
        carried = _carry(options, folder)
        request = ScanRequest(
            series=str(folder / "patches"),
            upstream=str(options.nova),
            base=options.base,
            target=TARGET,
            also=() if options.alone else (str(options.placement),),
            cache_dir=options.cache_dir,
            plan=_hidden(carried, folder) if options.leave_out else None,
        )
        started = time.perf_counter()
        scan = run_scan(request)
        seconds = time.perf_counter() - started
    print_answer(_answer(options, carried, scan, seconds), Console())
    if options.misses:
        for each, verdict in zip(carried, scan.patches, strict=True):
            if _claimed(verdict) != ([] if options.leave_out or options.alone else [each.sha]):
                place = next((at for at, it in enumerate(verdict.candidates, 1) if it.sha == each.sha), None)
                named = ", ".join(sha[:10] for sha in _claimed(verdict)) or "nothing"
                print(f"{each.sha[:10]} {verdict.subject[:60]}: {named} claimed, candidate {place}")
    return 0


def _answer(options: argparse.Namespace, carried: Sequence[Carried], scan: Scan, seconds: float) -> Answer:
    pairs = list(zip(carried, scan.patches, strict=True))
    right = [each.sha in _claimed(verdict) for each, verdict in pairs]
    wrong = [bool(set(_claimed(verdict)) - {each.sha}) for each, verdict in pairs]
    of_placement = sum(
        all(commit.repo == str(options.placement) for commit in verdict.commits)
        for (_, verdict), good in zip(pairs, right, strict=True)
        if good
    )
    five = sum(each.sha in [it.sha for it in verdict.candidates[:5]] for each, verdict in pairs)
    first = sum(each.sha in [it.sha for it in verdict.candidates[:1]] for each, verdict in pairs)
    of = f"of {len(pairs)}"
    figures = [
        Figure("true commit claimed", sum(right), of),
        Figure("    and named as placement's", of_placement, of),
        Figure("true commit first candidate", first, of),
        Figure("true commit among the first five", five, of),
        Figure("claims that name another commit", sum(wrong), of),
        *(
            Figure(f"relation {relation}", count)
            for relation, count in Counter(verdict.relation for _, verdict in pairs).most_common()
        ),
        *(
            Figure(f"state {state}, advice {advice}", count)
            for (state, advice), count in Counter(
                (verdict.state, verdict.advice) for _, verdict in pairs
            ).most_common(6)
        ),
        Figure("commits searched", scan.commits_searched),
        Figure("seconds", round(seconds, 1), "s"),
    ]
    how = [name for name in ("content_only", "leave_out", "alone") if getattr(options, name)]
    return Answer(
        "moved-code", f"placement's commits as patches on nova {options.base} ({', '.join(how)})", figures
    )


def _claimed(verdict: Verdict) -> list[str]:
    return [commit.sha for commit in verdict.commits]


# -- making the patches ------------------------------------------------------------------


def _carry(options: argparse.Namespace, folder: Path) -> list[Carried]:
    """Write the patches into ``patches/``, oldest commit first."""
    scratch = folder / "scratch.git"
    _git(folder, "init", "-q", "--bare", str(scratch))
    objects = _git(options.nova, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    (scratch / "objects/info/alternates").write_bytes(objects)
    base = _git(options.nova, "rev-parse", f"{options.base}^{{commit}}").decode().strip()
    patches = folder / "patches"
    patches.mkdir()
    carried: list[Carried] = []
    for sha in _new_commits(options):
        diff = _placed(scratch, base, _moved(_git(options.placement, "diff-tree", "-p", "-M", "--root", sha)))
        if diff:
            name = f"{len(carried) + 1:04d}.patch"
            head = _head(options, sha, len(carried) + 1)
            (patches / name).write_bytes(head + b"---\n" + diff)
            carried.append(Carried(sha, name))
            if len(carried) == options.most:
                break
    return carried


def _new_commits(options: argparse.Namespace) -> list[str]:
    """Placement's commits since the base that nova does not have, oldest first."""
    date = _git(options.nova, "log", "-1", "--format=%ct", options.base).decode().strip()
    form = "--format=%ae %at %s"
    old = set(_git(options.nova, "log", "--all", "--no-merges", form).split(b"\n"))
    command = ("log", "--no-merges", "--reverse", f"--max-age={date}", "--format=%H %ae %at %s")
    lines = (line.split(b" ", 1) for line in _git(options.placement, *command).splitlines())
    return [sha.decode() for sha, key in lines if key not in old]


def _moved(diff: bytes) -> list[bytes]:
    """The parts of a diff, one a file, by nova's names; of files with none, nothing."""
    found = []
    for part in re.split(rb"(?m)^(?=diff --git )", diff)[1:]:
        head, sign, body = part.partition(b"\n@@")
        renamed = _renamed(head)
        if not sign or renamed is None:
            continue
        body = _MODULE.sub(b"nova.api.openstack.placement", body)
        body = body.replace(
            b"nova.api.openstack.placement.tests.functional", b"nova.tests.functional.api.openstack.placement"
        ).replace(b"nova.api.openstack.placement.tests.unit", b"nova.tests.unit.api.openstack.placement")
        found.append(renamed + sign + body)
    return found


_NAMED = re.compile(
    rb"(?m)^((?:--- a|\+\+\+ b)/|(?:rename|copy) (?:from|to) |diff --git a/)(\S+)( b/(\S+))?$"
)


def _renamed(head: bytes) -> bytes | None:
    """The header of a file's diff by nova's names; ``None`` when they have none for it."""
    paths = [path for found in _NAMED.finditer(head) for path in found.group(2, 4) if path]
    names = {path: name for path in paths if (name := _nova_name(path))}
    if len(names) < len(set(paths)):
        return None

    def write(found: re.Match[bytes]) -> bytes:
        second = b" b/" + names[found[4]] if found[4] else b""
        return found[1] + names[found[2]] + second

    return _NAMED.sub(write, head)


def _nova_name(path: bytes) -> bytes | None:
    if path.startswith(b"nova/"):
        return path
    rule = next(((old, new) for old, new in _RULES if path.startswith(old)), None)
    return rule[1] + path.removeprefix(rule[0]) if rule else None


def _placed(scratch: Path, base: str, parts: Sequence[bytes]) -> bytes:
    """The change that the parts make on a tree, those that apply; nothing when that is less than half."""
    with tempfile.NamedTemporaryFile(dir=scratch) as index:
        own = os.environ | {"GIT_INDEX_FILE": f"{index.name}.index"}
        _git(scratch, "read-tree", base, env=own)
        whole = took = 0
        for part in parts:
            size = sum(1 for _ in _changed(part))
            whole += size
            done = subprocess.run(
                ["git", "-C", str(scratch), "apply", "--cached", "--recount", "-C1", "--whitespace=nowarn"],
                input=part, env=own, capture_output=True, check=False,
            )  # fmt: skip
            took += size if done.returncode == 0 else 0
        if not took or 2 * took < whole:
            return b""
        made = _git(scratch, "diff", "--cached", "-M", base, env=own)
        Path(f"{index.name}.index").unlink()
    _, ink = hash_texts(list(_changed(made)))
    return made if int((ink > 1).sum()) >= _LEAST else b""


def _changed(diff: bytes) -> Iterator[bytes]:
    return (
        line
        for line in diff.split(b"\n")
        if line[:1] in (b"+", b"-") and not line.startswith((b"+++ ", b"--- "))
    )


def _head(options: argparse.Namespace, sha: str, number: int) -> bytes:
    """The mail's header and message, without what names the commit."""
    if options.content_only:
        return f"From: Down <down@example.org>\nSubject: [PATCH] Carried {number}\n\n".encode()
    author, date, subject, body = (
        _git(options.placement, "log", "-1", "--format=%an <%ae>%x00%aD%x00%s%x00%b", sha)
        .decode("utf-8", "replace")
        .split("\0")
    )
    kept = "\n".join(line for line in body.split("\n") if not _TRAILER.match(line)).strip()
    return f"From: {author}\nDate: {date}\nSubject: [PATCH] {subject}\n\n{kept}\n".encode()


def _hidden(carried: Sequence[Carried], folder: Path) -> Path:
    """A plan in which every patch is said not to be the commit it was made of."""
    plan = folder / "plan"
    series = read_series(str(folder / "patches"))
    names = {each.name for each in series.patches}
    for each, patch in zip(carried, series.patches, strict=True):
        record(
            plan,
            Decision(
                patch.name, patch.id, DecisionKind.NOT, "bench", datetime(2026, 1, 1, tzinfo=UTC), (each.sha,)
            ),
            series=names,
            subjects={each.sha: "left out"},
        )
    return plan


def _git(place: Path, *args: str, env: dict[str, str] | None = None) -> bytes:
    return subprocess.run(
        ["git", "-C", str(place), *args], check=True, capture_output=True, env=env
    ).stdout  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nova", type=Path, required=True, metavar="CLONE")
    parser.add_argument("--placement", type=Path, required=True, metavar="CLONE")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR")
    parser.add_argument("--base", default="18.0.0", metavar="REV", help="release the patches are made on")
    parser.add_argument("--most", type=int, default=1000, metavar="N", help="patches to make at most")
    parser.add_argument("--content-only", action="store_true", help="no subject, message and author")
    parser.add_argument("--leave-out", action="store_true", help="hide the truth: every claim is false")
    parser.add_argument("--alone", action="store_true", help="search nova alone")
    parser.add_argument("--misses", action="store_true", help="list the wrong answers")
    options = parser.parse_args()
    options.nova, options.placement = options.nova.resolve(), options.placement.resolve()
    return options


if __name__ == "__main__":
    raise SystemExit(main())
