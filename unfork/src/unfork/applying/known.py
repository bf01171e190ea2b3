"""Which of the blobs that the patches were made on can be read: a three-way merge needs them."""

from collections.abc import Iterable, Mapping, Set

from unfork.applying.presence import Files
from unfork.applying.sandbox import Sandbox
from unfork.model import Patch


class KnownBlobs:
    """Names of blobs, as the index lines of the patches give them (often abbreviated)."""

    def __init__(self, box: Sandbox, names: Mapping[str, str]) -> None:
        """``names`` maps names to full ones that the sandbox can read."""
        self._box = box
        self._names = names
        self._made: set[str] = set()

    @classmethod
    def ask(cls, box: Sandbox, patches: Iterable[Patch]) -> "KnownBlobs":
        """Ask once for all patches; an abbreviation that fits several objects is not known."""
        asked = sorted(
            {change.old_blob for patch in patches for change in patch.files if change.old_blob is not None}
        )
        if not asked:
            return cls(box, {})
        names = "".join(f"{name}\n" for name in asked).encode()
        out = box.reader.run("cat-file", "--batch-check", stdin=names)
        # One line for each, but an ambiguous name may bring further lines; so the full name is
        # compared, not the position.
        full = [line.split(" ")[0] for line in out.decode().splitlines() if line.split(" ")[1:2] == ["blob"]]
        heads = {length: {name[:length]: name for name in full} for length in {len(name) for name in asked}}
        return cls(box, {name: heads[len(name)][name] for name in asked if name in heads[len(name)]})

    def lend(self, patches: Iterable[Patch]) -> None:
        """Bring the bases of these patches to where git merges."""
        bases = (change.old_blob for patch in patches for change in patch.files)
        self._box.bring(self._names[base] for base in bases if base is not None and base in self._names)

    def learn(self, patch: Patch) -> None:
        """A patch was applied as it is: the blobs it makes exist from now on."""
        self._made.update(change.new_blob for change in patch.files if change.new_blob is not None)

    def can_merge(self, patch: Patch, stuck: Set[str], files: Files) -> bool:
        """Whether a three-way merge is worth a try: for every file in ``stuck`` the base is known
        and the file is there."""
        based = {
            change.old_path
            for change in patch.files
            if change.old_blob in self._names or change.old_blob in self._made
        }
        return bool(stuck) and stuck <= based and all(map(files.has, stuck))
