"""The gates of one host, asked once: for people, and for scripts that wait for a host."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from outboard.hostguard.answers import Answers
from outboard.hostguard.gates import gates
from outboard.hostguard.machine import foreign
from outboard.hostguard.model import Desired, Policy, Wish
from outboard.hostguard.reading import Reader


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate, for people."""

    gate: str
    state: str  # open, closed
    why: str


def check_host(
    host: str, wish: Wish | None, reader: Reader, answers: Answers, policy: Policy
) -> Sequence[GateRow]:
    """Every gate; waits for the operator's own. Raises ``CloudError``."""
    wish = wish or Wish(state=Desired.ENABLED)
    view = reader.look([host])[host]
    while True:
        found, asked = gates(view, wish, policy)
        answered = answers.fill(view, asked, policy)
        if answered == view and not asked:
            break
        if answered == view:
            time.sleep(0.05)  # the gate's command runs, and has its own time limit
        view = replace(answered)
    rows = [GateRow(gate.name, "closed" if gate.closed else "open", gate.closed) for gate in found]
    if others := foreign(view.service, policy):
        rows.append(GateRow("ours", "closed", others))
    return rows
