"""Tables people edit: CSV and XLSX in and out, as plain cells with their places. Knows nothing of plans."""

from unfork.sheets.table import Cell, Column, ColumnKind, Row, Table
from unfork.sheets.write import SUFFIXES, read_table, write_table

__all__ = ["SUFFIXES", "Cell", "Column", "ColumnKind", "Row", "Table", "read_table", "write_table"]
