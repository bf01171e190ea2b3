"""The plan: read, checked against what scans saw, asked, and changed."""

from unfork.config import PLAN_FILE
from unfork.planning.check import check_joined, check_plan, only_new
from unfork.planning.convert import nearest
from unfork.planning.join import Joined, join
from unfork.planning.links import kind_of
from unfork.planning.load import ITEMS_FOLDER, has_plan, load_plan
from unfork.planning.observed import Observed, links_of
from unfork.planning.rule import RULES, Rule
from unfork.planning.stages import stage_of
from unfork.planning.status import ready_for, status_of
from unfork.planning.write import end, known_item, mark_archived, promise, sign

__all__ = [
    "ITEMS_FOLDER",
    "PLAN_FILE",
    "RULES",
    "Joined",
    "Observed",
    "Rule",
    "check_joined",
    "check_plan",
    "end",
    "has_plan",
    "join",
    "kind_of",
    "known_item",
    "links_of",
    "load_plan",
    "mark_archived",
    "nearest",
    "only_new",
    "promise",
    "ready_for",
    "sign",
    "stage_of",
    "status_of",
]
