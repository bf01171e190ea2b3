"""An item's ``check`` asked of what ran on the new track."""

from dataclasses import dataclass

from unfork.model.compared import CheckCompared, Comparison
from unfork.model.cutover import LineState
from unfork.model.plan import Item, Plan
from unfork.model.tested import Standing


@dataclass(frozen=True, slots=True)
class Proof:
    """What an item's check says."""

    state: LineState
    words: str
    todo: str = ""
    but: str = ""  # goes on from "ended on ..."


_WORD = Proof(LineState.SAID, "the plan's word")


def prove(plan: Plan, item: Item, comparison: Comparison | None) -> Proof:
    """By the check CHECK, or CHECK/TEST where TEST is a test's name or the beginning of some."""
    name, _, test = (item.check or "").partition("/")
    if name not in plan.head.checks:
        return _WORD  # words for people
    new = plan.head.cutover.new if plan.head.cutover and plan.head.cutover.new else "NEW"
    todo = f"unfork track check {new} {name}"
    found = next((each for each in comparison.checks if each.check == name), None) if comparison else None
    if found is None or found.whole.new_ran == 0:
        return Proof(LineState.UNKNOWN, f"{name} was not run on {new}", todo, ", and its check was not run")
    if not test:
        return _judge(found.whole.new, name, new, todo)
    return _by_tests(found, name, test, new, todo)


def _by_tests(found: CheckCompared, name: str, test: str, new: str, todo: str) -> Proof:
    """The tests of that name. Those that pass on both tracks are counted alone, so they are asked last."""
    met = [each for each in found.tests if _is(each.test, test)]
    worst = [each for each in met if each.new is not Standing.PASSES]
    if worst:
        order = (Standing.FAILS, Standing.FLAKY, Standing.UNKNOWN, Standing.ABSENT, Standing.SKIPPED)
        first = min(worst, key=lambda each: order.index(each.new))
        return _judge(first.new, f"{name}/{first.test}", new, todo)
    number = sum(_is(each, test) for each in found.passing) + len(met)
    if not number:
        return Proof(
            LineState.UNKNOWN, f"{name} has no test {test!r} on {new}", "correct the check's name", ""
        )
    return Proof(LineState.FINE, f"{name}/{test} passes on {new}, {number} tests" if number > 1
                 else f"{name}/{test} passes on {new}")  # fmt: skip


def _is(name: str, asked: str) -> bool:
    return name == asked or (name.startswith(asked) and (asked.endswith(".") or name[len(asked)] in ".[("))


def _judge(standing: Standing, name: str, new: str, todo: str) -> Proof:
    if standing is Standing.PASSES:
        return Proof(LineState.FINE, f"{name} passes on {new}")
    if standing is Standing.FAILS:
        return Proof(
            LineState.BLOCKS, f"{name} on {new}", "mend it, or take the end back", f", and {name} fails"
        )
    words = {
        Standing.FLAKY: "passes in some repetitions only",
        Standing.SKIPPED: "is skipped",
        Standing.ABSENT: "is not there",
    }.get(standing, "could not be run")
    return Proof(LineState.UNKNOWN, f"{name} {words} on {new}", todo, f", and {name} {words}")
