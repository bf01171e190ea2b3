"""The crashes that wait for somebody, for people."""

from dataclasses import dataclass

from outboard.cloud import CloudError
from outboard.crashwatch.policy import Ask, Wait
from outboard.crashwatch.record import FINAL, Crash
from outboard.crashwatch.recovery import Recovery


@dataclass(frozen=True, slots=True)
class Row:
    """One crash that is not acknowledged."""

    key: str
    domain: str
    ended: str
    reason: str
    state: str  # its stage, or in a dry run what would be done
    why: str


def row_of(crash: Crash, recovery: Recovery | None) -> Row:
    """One as it is; with ``recovery``, what that would do next."""
    state, why = crash.stage.value, crash.why
    if recovery is not None and crash.stage not in FINAL:
        try:
            step = recovery.plan(crash)
        except CloudError as error:
            state, why = "unknown", str(error)
        else:
            if isinstance(step, Ask):
                state = f"would {step.action.value}"
            else:
                state = "would wait" if isinstance(step, Wait) else step.stage.value
                why = step.why
    return Row(crash.key, crash.name, crash.ended, crash.reason, state, why)
