"""What is checked, one module a subject; ``planning.rule`` has the names and meanings."""

from unfork.planning.rules.coverage import check_coverage
from unfork.planning.rules.dates import check_dates
from unfork.planning.rules.links import check_links
from unfork.planning.rules.milestones import check_milestones
from unfork.planning.rules.promises import check_promises
from unfork.planning.rules.reality import check_reality
from unfork.planning.rules.words import check_words

CHECKS = (
    check_coverage,
    check_reality,
    check_links,
    check_promises,
    check_dates,
    check_milestones,
    check_words,
)

__all__ = ["CHECKS"]
