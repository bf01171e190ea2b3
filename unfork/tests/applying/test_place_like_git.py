"""Where git says a patch applies, so do we, and nowhere else: random files, edits and targets."""

import difflib
import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unfork.applying import place_series
from unfork.git import Repository, environment
from unfork.model import Patch, State
from unfork.series import canonical_diff, parse_patch

# Few words, so that files repeat themselves: that is where places are mistaken.
WORDS = ("begin()", "finish()", "", "}", "value = 1", "return value")
NAMES = ("one.py", "two.py")
Lines = list[str]

lines = st.lists(st.sampled_from(WORDS), min_size=0, max_size=14)
edits = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 2), st.lists(st.sampled_from((*WORDS, "new")), max_size=2)),
    max_size=3,
)
ends = st.sampled_from(("\n", "\n", "\r\n"))


def edited(old: Lines, changes: list[tuple[int, int, Lines]]) -> Lines:
    new = list(old)
    for at, removed, added in changes:
        new[at : at + removed] = added
    return new


def content(of: Lines, end: str) -> bytes:
    return "".join(line + end for line in of).encode()


def diff(name: str, old: bytes, new: bytes, context: int) -> bytes:
    before, after = (f"a/{name}", f"b/{name}")
    texts = [data.decode().splitlines(keepends=True) for data in (old, new)]
    body = "".join(difflib.unified_diff(*texts, before, after, n=context))
    if not old and new:
        body = body.replace(f"--- {before}", "--- /dev/null", 1)
        return f"diff --git {before} {after}\nnew file mode 100644\n{body}".encode()
    return f"diff --git {before} {after}\n{body}".encode() if body else b""


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, bytes], list[Patch]]:
    """A target, and patches made on a file it has come from."""
    end = draw(ends)
    bases = {name: draw(lines) for name in NAMES}
    target = {
        name: content(edited(base, draw(edits)), end) for name, base in bases.items() if draw(st.booleans())
    }
    patches = []
    for n in range(draw(st.integers(1, 5))):
        touched = draw(st.sets(st.sampled_from(NAMES), min_size=1))
        parts = [
            diff(
                name,
                content(bases[name], end),
                content(edited(bases[name], draw(edits)), end),
                draw(st.sampled_from((0, 1, 3))),
            )
            for name in sorted(touched)
        ]
        patch = parse_patch(b"".join(parts), f"{n}.patch")
        if patch.error is None and canonical_diff(patch):
            patches.append(patch)
    return target, patches


class PlainGit:
    """git called for one patch at a time, on an index of its own."""

    def __init__(self, root: Path, files: dict[str, bytes]) -> None:
        self._root = root
        self._run("init", "-q", str(root))
        rows = []
        for name, data in files.items():
            blob = self._run("hash-object", "-w", "--stdin", stdin=data).stdout.decode().strip()
            rows.append(f"100644 {blob}\t{name}\n")
        self._run("update-index", "--index-info", stdin="".join(rows).encode())
        self.tree = self._run("write-tree").stdout.decode().strip()
        self.commit = self._run("commit-tree", self.tree, "-m", "target").stdout.decode().strip()

    def _run(self, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", *args], cwd=self._root, input=stdin, capture_output=True, env=environment(), check=False
        )

    def applies(self, patch: Patch, *options: str) -> bool:
        return self._run("apply", "--cached", *options, "-", stdin=canonical_diff(patch)).returncode == 0

    def reset(self) -> None:
        self._run("read-tree", self.tree)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
def test_the_same_as_git_patch_by_patch(world: tuple[dict[str, bytes], list[Patch]]) -> None:
    files, patches = world
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        (root / "repository").mkdir()
        git = PlainGit(root / "repository", files)
        placed = place_series(Repository(root / "repository"), git.commit, patches, cache=root / "cache")
        for patch, placement in zip(patches, placed, strict=True):
            forward, backward = git.applies(patch, "--check"), git.applies(patch, "--check", "-R")
            alone = placement.alone
            if alone is State.ABSORBED:
                assert backward
            else:
                assert (alone in (State.CLEAN, State.OFFSET)) == forward, placement
        git.reset()
        for patch, placement in zip(patches, placed, strict=True):
            now = placement.in_series
            if now in (State.CLEAN, State.OFFSET):
                assert git.applies(patch), placement
            elif now is State.FUZZY:
                assert not git.applies(patch, "--check")
                assert git.applies(patch, "-C1"), placement
            elif now is not State.ABSORBED:
                assert not git.applies(patch, "--check", "-C1"), placement
