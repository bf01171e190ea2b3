"""Hosts of plain files, and guests as nova writes them with the true answer: for tests and benchmarks."""

from outboard.corpus.guests import CellPlan, DevicePlan, Guest, Policy
from outboard.corpus.host import FakeHost, Topology
from outboard.corpus.make import Case, cases

__all__ = ["Case", "CellPlan", "DevicePlan", "FakeHost", "Guest", "Policy", "Topology", "cases"]
