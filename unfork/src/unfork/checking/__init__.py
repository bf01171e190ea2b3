"""Runs the checks of a track, and reads what they found: exit codes, JUnit, subunit, stestr, TAP.

A check is a stranger's program: it may hang, fork away, print without end, or leave another day's results.
"""

from unfork.checking.journal import Interrupted, Running, begin, clean_up, done
from unfork.checking.runner import Place, digest_of, run_check

__all__ = ["Interrupted", "Place", "Running", "begin", "clean_up", "digest_of", "done", "run_check"]
