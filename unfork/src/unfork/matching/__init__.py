"""What a carried patch is to upstream: candidates, evidence, relation."""

from unfork.matching.context import wide_of_patch
from unfork.matching.features import FEATURE_NAMES, Features, rows_of
from unfork.matching.holding import find_shared
from unfork.matching.lookup import Lookup, make_lookup, wanted_of
from unfork.matching.measure import measure
from unfork.matching.memory import remembered
from unfork.matching.model import TERMS, Model, Models, default_models, expand
from unfork.matching.named import Delivery, delivery_of, match_named
from unfork.matching.query import Query, query_of_commit, query_of_patch
from unfork.matching.rank import Ranked, rank
from unfork.matching.relate import match_patches
from unfork.matching.reliability import calibration_error, reliability
from unfork.matching.share import shared_lines
from unfork.matching.standing import read_standing
from unfork.matching.together import match_series
from unfork.matching.truth import Known, Truth, read_truth

__all__ = [
    "FEATURE_NAMES",
    "TERMS",
    "Delivery",
    "Features",
    "Known",
    "Lookup",
    "Model",
    "Models",
    "Query",
    "Ranked",
    "Truth",
    "calibration_error",
    "default_models",
    "delivery_of",
    "expand",
    "find_shared",
    "make_lookup",
    "match_named",
    "match_patches",
    "match_series",
    "measure",
    "query_of_commit",
    "query_of_patch",
    "rank",
    "read_standing",
    "read_truth",
    "reliability",
    "remembered",
    "rows_of",
    "shared_lines",
    "wanted_of",
    "wide_of_patch",
]
