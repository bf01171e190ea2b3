"""The upstream side of a generated fork: what else goes on there, and how carried patches arrive."""

from collections.abc import Callable, Sequence

from forked.carried import Carried, Kind, person, subject_of, subjects
from forked.edits import Author, reworked
from forked.tree import Edit, Landed, Tree
from forked.writer import Writer

_HOT = 0.5  # share of the changes that fall where a carried patch is to land: people work on the same code
_BESIDE = 6  # lines to either side


class Upstream:
    """The main branch while it is being written."""

    def __init__(self, tree: Tree, author: Author, writer: Writer, edits: Sequence[Edit]) -> None:
        self.tree = tree
        self.author = author
        self.head: str | None = None
        self.step = 0
        self._writer = writer
        self._waiting: dict[str, list[Edit]] = {}
        self._new = 0
        for edit in edits:
            self._waiting.setdefault(edit.path, []).append(edit)
        self._recent: list[str] = []

    def commit(self, message: str, who: str | None = None) -> str:
        """Write what changed as the next commit."""
        who = who or person(self.author.rng)
        self.head = self._writer.commit("master", self.head, self.step, who, message, self.tree.taken())
        self.step += 1
        return self.head

    def land(self, edits: Sequence[Edit], others: dict[int, list[str]] | None = None) -> list[Landed]:
        """Make edits of carried patches in the files that have their places now."""
        done = []
        for at, edit in enumerate(edits):
            edit.lock(False)
            landed = self.tree.apply(edit, edit.home, (others or {}).get(at))
            done.append(landed)
            self._recent = [*self._recent[-20:], edit.home]
        return done

    def rename(self, old: str, new: str) -> None:
        """Move a file; the places that are waited for move with it."""
        self.tree.rename(old, new)
        for edit in self._waiting.pop(old, []):
            edit.home = new
            self._waiting.setdefault(new, []).append(edit)

    def work(self) -> None:
        """One commit that has nothing to do with any carried patch."""
        rng = self.author.rng
        kinds: list[tuple[Callable[[], str], int]] = [
            (self._edit, 70), (self._follow_up, 8), (self._identifier, 6),
            (self._new_file, 6), (self._move_function, 4), (self._boilerplate, 3), (self._rename, 1),
        ]  # fmt: skip
        act = rng.choices([each for each, _ in kinds], [weight for _, weight in kinds])[0]
        subject = act()
        if not self.tree.dirty:
            subject = self._edit()
        self.commit(f"{subject}\n\nSee the discussion of {self.author.donors.word()}.\n")

    def extra(self) -> None:
        """Something of upstream's own in a commit that takes a patch: a test, or one more line."""
        rng = self.author.rng
        if rng.random() < 0.5:
            self._new += 1
            lines = ["", "", *self.author.donors.function()]
            self._append(f"test_extra/test_{self._new % 40}.py", lines)
        else:
            self._change(self._any())

    def _any(self) -> str:
        paths = sorted(self.tree.files)
        return paths[int(len(paths) * self.author.rng.random() ** 1.5)]

    def _append(self, path: str, lines: list[str]) -> None:
        at = len(self.tree.files.setdefault(path, []))
        self.tree.put(path, at, 0, lines if at else ["import unittest", *lines])

    def _change(self, path: str, *, near: bool = False) -> list[str]:
        """One change of a file; ``near``: beside a place where a carried patch is still to land."""
        first, last = self._beside(path) if near else (0, len(self.tree.files[path]))
        texts = self.tree.texts(path)[first:last]
        draft = self.author.draft(texts) if len(texts) > (5 if near else 20) else None
        if draft is None or not self.tree.free(path, first + draft.at, draft.count):
            return []
        self.tree.put(path, first + draft.at, draft.count, draft.new)
        return draft.new

    def _beside(self, path: str) -> tuple[int, int]:
        waiting = [edit for edit in self._waiting.get(path, []) if edit.anchor and edit.anchor.locked]
        if not waiting:
            return 0, 0
        edit = self.author.rng.choice(waiting)
        at = next(at for at, line in enumerate(self.tree.files[path]) if line is edit.anchor)
        return max(0, at - _BESIDE), at + len(edit.old) + _BESIDE

    def _edit(self) -> str:
        rng = self.author.rng
        new: list[str] = []
        while not self.tree.dirty:
            count = rng.choices((1, 2, 3, 5), (55, 28, 12, 5))[0]
            for path in dict.fromkeys(self._any() for _ in range(count)):
                for _ in range(rng.choices((1, 2, 3, 5), (50, 30, 14, 6))[0]):
                    new += self._change(path, near=rng.random() < _HOT)
        return subject_of([Edit(min(self.tree.dirty), None, [], new)], self.author)

    def _follow_up(self) -> str:
        for path in self._recent[-2:]:
            if path in self.tree.files:
                self._change(path)
        return f"Follow up: {self.author.donors.word()} of {self.author.donors.word()}"

    def _identifier(self) -> str:
        """Another name, wherever the file has the old one."""
        path = self._any()
        old, new = self.author.donors.word(), self.author.donors.word()
        found = [word for text in self.tree.texts(path) for word in text.split() if word.isidentifier()]
        long = [word for word in found if len(word) > 6]
        old = self.author.rng.choice(long) if long else old
        for at, line in enumerate(self.tree.files[path]):
            if old in line.text and not line.locked:
                self.tree.put(path, at, 1, [line.text.replace(old, new)])
        return f"Rename {old} to {new}"

    def _new_file(self) -> str:
        self._new += 1
        path = f"test_more/test_{self.author.donors.word().lower()}_u{self._new}.py"
        self._append(path, self.author.new_file())
        return f"Test {self.author.donors.word()}"

    def _move_function(self) -> str:
        path, other = self._any(), self._any()
        lines = self.tree.files[path]
        starts = [at for at, line in enumerate(lines) if line.text.startswith("def ") and at]
        if starts:
            begin = self.author.rng.choice(starts)
            end = begin + 1
            while end < len(lines) and (not lines[end].text or lines[end].text.startswith((" ", ")"))):
                end += 1
            block = lines[begin:end]
            if not any(line.locked for line in lines[begin - 1 : end + 1]) and end < len(lines):
                self.tree.put(path, begin, end - begin, [])
                self.tree.put(other, len(self.tree.files[other]), 0, ["", "", *(line.text for line in block)])
        return f"Move functions of {path.rsplit('/', 1)[-1]} together"

    def _boilerplate(self) -> str:
        year = self.author.rng.randrange(2001, 2030)
        for path in self.author.rng.sample(sorted(self.tree.files), k=12):
            lines = self.tree.files[path]
            if lines and not (first := lines[0]).locked:  # a move can have left a file empty
                has = first.text.startswith("# Copyright")
                self.tree.put(path, 0, int(has), [f"# Copyright {year} the authors"])
        return "Update the years of the copyright"

    def _rename(self) -> str:
        old = self._any()
        new = self.new_name(old)
        self.rename(old, new)
        self._change(new)
        return f"Move {old} to {new}"

    def new_name(self, old: str) -> str:
        """Where a file goes: another folder, or another name in its own."""
        self._new += 1
        folder, _, name = old.rpartition("/")
        if self.author.rng.random() < 0.5:
            return f"{self.author.donors.word().lower()}_{self._new}/{name}"
        stem = name.removesuffix(".py")
        return f"{folder}/{stem}_{self._new}.py" if folder else f"{stem}_{self._new}.py"

    def move_block(self, edits: Sequence[Edit]) -> None:
        """Move the code around edits to a file of its own, as when a module is cut up."""
        self._new += 1
        target = f"{edits[0].home.removesuffix('.py')}_part{self._new}.py"
        made = []
        for edit in edits:
            lines = self.tree.files[edit.home]
            assert edit.anchor is not None  # noqa: S101 - a new file is never moved before it is there
            at = lines.index(edit.anchor)
            begin, end = at, at + 1 + len(edit.old)
            while begin > 0 and at - begin < 12 and not lines[begin - 1].locked:
                begin -= 1
            while end < len(lines) and end - at < 25 and not lines[end].locked:
                end += 1
            made += lines[begin:end]
            del lines[begin:end]
            self.tree.dirty.add(edit.home)
            self._waiting[edit.home].remove(edit)
            edit.home = target
        self._waiting[target] = list(edits)
        self.tree.files[target] = made
        self.tree.dirty.add(target)


def take(up: Upstream, patch: Carried, others: dict[int, list[str]] | None = None) -> list[Landed]:
    """Upstream takes a whole patch in one commit."""
    landed = up.land(patch.edits, others)
    if patch.kind is Kind.REWORKED and up.author.rng.random() < 0.2:
        up.extra()
    rng = up.author.rng
    who = patch.author.replace(".vendor.", ".") if rng.random() < 0.5 else person(rng)
    sha = up.commit(f"{subjects(patch.subject, patch.edits, up.author)}\n\nReviewed twice.\n", who)
    for at in range(len(patch.edits)):
        patch.landed.setdefault(at, set()).add(sha)
    return landed


def rework(patch: Carried, author: Author) -> dict[int, list[str]]:
    """What upstream makes of each edit of a patch: much the same, line by line, but not quite."""
    for _ in range(1000):
        others = {at: reworked(edit.new, author) for at, edit in enumerate(patch.edits)}
        ours = [text.strip() for edit in patch.edits for text in edit.new if text.strip()]
        theirs = {text.strip() for lines in others.values() for text in lines}
        changed = sum(text not in theirs for text in ours) / len(ours)
        if 0.1 <= changed <= 0.6:
            return others
    raise RuntimeError(f"no review was found for patch {patch.number}")
