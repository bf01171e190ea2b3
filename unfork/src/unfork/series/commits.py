"""A git range: each commit that is not a merge is a patch, oldest first."""

from collections.abc import Iterator, Sequence

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Patch, Person, Series
from unfork.series.identity import change_id
from unfork.series.parse import LIMIT, parse_patch, too_large
from unfork.series.trailers import trailers

_FIELDS = ("%H", "%an", "%ae", "%at", "%B")
# Full hashes and binary data, so that every change can be applied; renames as git finds them.
_DIFF = (
    "-p", "--root", "--always", "--binary", "--full-index", "-M", "--no-ext-diff", "--no-textconv",
    "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip


def read_range(repository: Repository, base: str, tip: str, location: str) -> Series:
    """The commits of ``base..tip``; raises ``InputError`` when there is none."""
    old, new = repository.resolve(base), repository.resolve(tip)
    warnings: list[str] = []
    start = old
    if not repository.is_ancestor(old, new):
        merge_base = repository.try_run("merge-base", old, new)
        if merge_base.code:
            raise InputError(
                f"{base!r} and {tip!r} have no common commit, expected a base that {tip!r} was made from",
                where=str(repository.path),
                hint="a shallow clone lacks it: git fetch --unshallow" if repository.is_shallow() else None,
            )
        start = merge_base.out.decode().strip()
        warnings.append(f"{base} is no ancestor of {tip}: the base is their merge base {start[:12]}")
    heads = _heads(repository, old, new)
    if not heads:
        raise InputError(
            f"the range {base}..{tip} has no commit but merges",
            where=str(repository.path),
            hint="the base comes first: REPO:BASE..TIP",
        )
    diffs = _diffs(repository, [head[0] for head in heads])
    patches = tuple(_patch(head, size, diff) for head, (size, diff) in zip(heads, diffs, strict=True))
    merges = int(repository.text("rev-list", "--count", "--merges", f"{old}..{new}"))
    if merges:
        warnings.append(f"{merges} merge commit{'s are' if merges > 1 else ' is'} left out of the range")
    return Series(
        "range", location, patches, base=start, base_repository=str(repository.path), warnings=tuple(warnings)
    )


def _heads(repository: Repository, old: str, new: str) -> list[list[str]]:
    """Hash, author, address, date and message of each commit. Nothing in them can hold a NUL."""
    form = "%x00".join(_FIELDS)
    out = repository.run(
        "log", "-z", "--reverse", "--topo-order", "--no-merges", "--encoding=UTF-8", f"--format={form}",
        f"{old}..{new}",
    )  # fmt: skip
    parts = out.decode("utf-8", "replace").split("\0")
    width = len(_FIELDS)
    return [parts[at : at + width] for at in range(0, len(parts) - width + 1, width)]


def _diffs(repository: Repository, shas: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """Size and text of each commit's diff; the text of one that is too large is dropped."""
    asked = "".join(f"{sha}\n" for sha in shas).encode()
    marks = [f"{sha}\n".encode() for sha in shas]
    at = -1
    size = 0
    lines: list[bytes] = []
    with repository.stream("diff-tree", "--stdin", "-r", *_DIFF, stdin=asked) as out:
        for line in out:
            # No line of a diff is a bare hash: each has a sign or a keyword in front.
            if at + 1 < len(marks) and line == marks[at + 1]:
                if at >= 0:
                    yield size, b"".join(lines)
                at, size, lines = at + 1, 0, []
                continue
            size += len(line)
            if size <= LIMIT:
                lines.append(line)
    if at >= 0:
        yield size, b"".join(lines)


def _patch(head: Sequence[str], size: int, diff: bytes) -> Patch:
    sha, name, address, seconds, message = head
    subject, _, body = message.strip("\n").partition("\n")
    body = body.strip("\n")
    empty = not diff
    read = too_large(sha, size) if size > LIMIT else parse_patch(diff, sha)
    return Patch(
        name=sha,
        id=change_id((), otherwise=message.encode()) if empty else read.id,
        subject=subject.strip(),
        message=body,
        author=Person(name, address),
        date=int(seconds) if seconds.lstrip("-").isdigit() else None,
        trailers=trailers(body),
        files=read.files,
        sha=sha,
        warnings=(f"{sha}:1: the commit changes nothing",) if empty else read.warnings,
        error=None if empty else read.error,
    )
