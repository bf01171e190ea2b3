"""Runs the checks of a track, and reads what they found: exit codes, JUnit, subunit, stestr, TAP.

A check is a stranger's program: it may hang, fork away, print without end, or leave another day's results.
"""

from unfork.checking.compare import change_of, compare_checks
from unfork.checking.journal import Interrupted, Running, begin, clean_up, done
from unfork.checking.runner import Place, digest_of, run_check
from unfork.checking.ties import Tied

__all__ = [
    "Interrupted",
    "Place",
    "Running",
    "Tied",
    "begin",
    "change_of",
    "clean_up",
    "compare_checks",
    "digest_of",
    "done",
    "run_check",
]
