"""Is a change there at the upstream commit that is said to have taken it?

A later edit nearby can hide a change at the target: it cannot be taken back there any more.
At the commit that took it, it can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfork.applying import trial
from unfork.applying.alone import weigh_reversal
from unfork.applying.answer import APPLYING, Answer, Way
from unfork.applying.outcome import FileOutcome, Outcome
from unfork.applying.presence import adds_telling_lines
from unfork.applying.sandbox import Sandbox
from unfork.applying.slots import Job, fill_index, make_job, nonce, paths_of
from unfork.applying.trial import try_patches
from unfork.applying.wording import shorten
from unfork.git import Repository, TreeEntry
from unfork.model import Patch, State

# The lines around may differ from those the patch was made on: upstream is not downstream. That
# the commit took the change is known from elsewhere; here it is only checked.
_TAKEN_BACK = (*trial.REVERSE, "-C1")
_NEVER_FORWARD = Outcome(files={"": FileOutcome(errors=["not asked"])})
# Below this share of its lines in the target, a patch that goes in again is not there.
_MOSTLY = 0.5


def _entries(
    git: Repository, wanted: Sequence[tuple[str, str]], modes: Sequence[str]
) -> list[TreeEntry | None]:
    """What (commit, path) pairs name, in one process. ``None``: nothing, or not readable."""
    if not wanted:
        return []
    asked = "".join(f"{commit}:{path}\n" for commit, path in wanted)
    out = git.run("cat-file", "--batch-check", stdin=asked.encode("utf-8", "surrogateescape"))
    entries: list[TreeEntry | None] = []
    for line, mode in zip(out.split(b"\n"), modes, strict=False):
        words = line.split(b" ")
        is_blob = len(words) == 3 and words[1] == b"blob"
        entries.append(TreeEntry(mode, words[0].decode()) if is_blob else None)
    return entries


def _mode(patch: Patch, path: str) -> str:
    """The mode to assume of a path: git looks at the kind of file, not at its permissions."""
    for change in patch.files:
        if path in (change.old_path, change.new_path) and "120000" in (change.old_mode, change.new_mode):
            return "120000"
    return "100644"


def _jobs(patches: Mapping[int, Patch], pairs: Sequence[tuple[int, str]]) -> list[Job]:
    top = nonce()
    return [
        make_job(
            number,
            patches[key],
            {path: f"{top}/{number}/{n}" for n, path in enumerate(paths_of(patches[key]))},
        )
        for number, (key, _) in enumerate(pairs)
    ]


def find_taken(
    box: Sandbox, patches: Mapping[int, Patch], taken_by: Mapping[int, Sequence[str]]
) -> dict[int, str]:
    """For each patch the first of its commits at which it can be taken back; keys as in ``patches``."""
    pairs = [(key, commit) for key in patches for commit in dict.fromkeys(taken_by.get(key, ()))]
    jobs = _jobs(patches, pairs)
    # A line end in a path would end the question; such a path is taken for absent.
    wanted = [(job.key, path, slot) for job in jobs for path, slot in job.slots.items() if "\n" not in path]
    entries = _entries(
        box.reader,
        [(pairs[number][1], path) for number, path, _ in wanted],
        [_mode(jobs[number].patch, path) for number, path, _ in wanted],
    )
    held = [(slot, entry) for (_, _, slot), entry in zip(wanted, entries, strict=True) if entry is not None]
    git = box.reading_index()
    fill_index(git, held)
    # Old versions of files are dear to unpack, and nobody else needs the cores by now.
    outcomes = try_patches(git, [job for job in jobs if job.diff], _TAKEN_BACK, processes=2)
    found: dict[int, str] = {}
    for number, outcome in sorted(outcomes.items()):
        key, commit = pairs[number]
        if outcome.reduced and not adds_telling_lines(patches[key]):
            continue  # one line of context is found anywhere
        if outcome.applies and weigh_reversal(patches[key], _NEVER_FORWARD, outcome).proven:
            found.setdefault(key, commit)
    return found


def reachable(git: Repository, commits: Sequence[str], target: str) -> frozenset[str]:
    """Those of ``commits`` (full hashes) that are ancestors of ``target``, in one walk."""
    if not commits:
        return frozenset()
    asked = "".join(f"{commit}\n" for commit in (*commits, f"^{target}"))
    beyond = set(git.run("rev-list", "--stdin", stdin=asked.encode()).decode().split())
    return frozenset(commits) - beyond


def with_taken(answer: Answer, commit: str, *, in_target: bool) -> Answer:
    """The answer of a patch that can be taken back at ``commit``."""
    found = replace(answer, absorbed_at=commit)
    if not in_target:
        return found
    again = answer.state in APPLYING and answer.way is Way.PLAIN
    if again and (answer.present or 0.0) < _MOSTLY:
        said = f"upstream had it at {commit[:12]}, yet it applies to the target again: reverted since?"
        return replace(found, details=shorten([*answer.details, said]))
    said = f"there at {commit[:12]}; later edits hide it at the target"
    return replace(found, state=State.ABSORBED, details=(said,), way=None)
