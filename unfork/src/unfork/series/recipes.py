"""The reader of each carrier whose patches a file names. Their libraries are loaded when asked for."""

from collections.abc import Mapping
from typing import Protocol

from unfork.series.folder import Entry, Folder
from unfork.series.recipe import RecipeRead


class RecipeReader(Protocol):
    """Reads a file of a folder; ``files`` are all of the folder's."""

    def __call__(self, folder: Folder, path: str, files: Mapping[str, Entry], /) -> RecipeRead:
        """Raises ``InputError`` when it cannot be read at all."""


def recipe_reader(carrier: str) -> RecipeReader:
    """The reader for ``rpm``, ``yocto`` or ``edits``."""
    if carrier == "rpm":
        from unfork.series.rpm import read_spec

        return read_spec
    if carrier == "yocto":
        from unfork.series.yocto import read_recipe

        return read_recipe
    from unfork.series.scripts import read_edits

    return read_edits
