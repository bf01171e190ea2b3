"""The plan as a table that people edit in a spreadsheet program, and what they changed back into it."""

from unfork.planning.sheet.columns import KEY, TITLE
from unfork.planning.sheet.export import sheet_of
from unfork.planning.sheet.merge import merge
from unfork.planning.sheet.merged import Asked, CellChange, Merged
from unfork.planning.sheet.write import edit_files, write_files

__all__ = [
    "KEY",
    "TITLE",
    "Asked",
    "CellChange",
    "Merged",
    "edit_files",
    "merge",
    "sheet_of",
    "write_files",
]
