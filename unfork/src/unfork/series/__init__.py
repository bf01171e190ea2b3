"""Reads the patches a downstream carries, from any carrier, into one ordered ``Series``."""

from unfork.series.detect import CARRIERS
from unfork.series.emit import canonical_diff, emit_diff, left_out
from unfork.series.identity import plain_lines
from unfork.series.parse import parse_patch
from unfork.series.read import read_series

__all__ = ["CARRIERS", "canonical_diff", "emit_diff", "left_out", "parse_patch", "plain_lines", "read_series"]
