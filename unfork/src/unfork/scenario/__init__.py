"""Upstreams and forks made from a short text, for the demo and for tests. See docs/scenarios.md."""

from unfork.scenario._build import Built, build
from unfork.scenario._format import Answer, Ask, Carried, Expected, Scenario, Step, load, parse
from unfork.scenario._graph import Graph, Node, parse_graph

__all__ = [
    "Answer",
    "Ask",
    "Built",
    "Carried",
    "Expected",
    "Graph",
    "Node",
    "Scenario",
    "Step",
    "build",
    "load",
    "parse",
    "parse_graph",
]
