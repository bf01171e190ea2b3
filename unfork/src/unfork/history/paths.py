"""What a search that looks only at some paths leaves out."""

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from unfork.git import Repository, Scratch

_NEVER = {"", ".", "..", ".git"}  # no part of a path that git tracks is called so


def outside(repository: Repository, paths: Sequence[str], names: Collection[str]) -> frozenset[str]:
    """Those of some file names that git's pathspecs do not match; git itself is asked."""
    asked = sorted(name for name in names if _NEVER.isdisjoint(name.lower().split("/")))
    with tempfile.TemporaryDirectory(prefix="unfork-paths-") as folder:
        scratch = Scratch(Path(folder) / "index", Path(folder) / "objects")
        scratch.objects.mkdir()
        private = repository.with_scratch(scratch)
        sha256 = repository.text("rev-parse", "--show-object-format") == "sha256"
        nothing = "1" * (64 if sha256 else 40)  # an index may name contents that are not there
        rows = "".join(f"100644 {nothing}\t{name}\0" for name in asked)
        private.run("update-index", "-z", "--index-info", stdin=rows.encode("utf-8", "surrogateescape"))
        listed = private.run("ls-files", "-z", "--", *paths).decode("utf-8", "surrogateescape")
    return frozenset(names) - set(listed.split("\0"))
