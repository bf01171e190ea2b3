"""The cutover: the decision laid out, signed in the plan, the old track put away and kept away."""

from unfork.cutting.decide import decide_cutover
from unfork.cutting.retired import Retired, find_returned, retire, retired_bytes, retired_of

__all__ = ["Retired", "decide_cutover", "find_returned", "retire", "retired_bytes", "retired_of"]
