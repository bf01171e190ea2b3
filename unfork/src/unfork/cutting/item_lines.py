"""The items that block the cutover, and what proves that they have ended."""

from collections.abc import Iterator, Mapping
from datetime import date

from unfork.cutting.proofs import Proof, prove
from unfork.model import Advice, Relation
from unfork.model.compared import Comparison
from unfork.model.cutover import Line, LineState, Subject
from unfork.model.plan import Ending, Gate, Item
from unfork.planning import Joined


def item_lines(joined: Joined, compared: Mapping[str, Comparison], today: date) -> Iterator[Line]:
    """One line an item that blocks the cutover, open or ended."""
    for name, item in joined.plan.items.items():
        if item.gate is not Gate.CUTOVER:
            continue
        state, what, proof, todo = (
            _open(joined, name, item, today) if item.ended is None else _ended(joined, name, item, compared)
        )
        key = "ended" if item.ended is not None else "gate"
        yield Line(
            Subject.ITEM, name, item.project, state, what, proof, todo, str(joined.plan.spot(name, key))
        )


def _open(joined: Joined, name: str, item: Item, today: date) -> tuple[LineState, str, str, str]:
    said = [f"has not ended: {joined.stages[name]}"]
    if item.commitment is None:
        said.append("nobody promised a day")
        todo = f"unfork plan promise {name} --by NAME --date DATE"
    else:
        passed = ", which has passed" if item.commitment.date < today else ""
        said.append(f"{item.commitment.by} promised it for {item.commitment.date}{passed}")
        todo = f"when it is done: unfork plan end {name} --how END"
    waits = [each for each in item.after if joined.plan.items[each].ended is None]
    if waits:
        said.append(f"waits for {', '.join(waits)}")
    patches = joined.carried.get(name, ())
    if patches and all(each.advice is Advice.DROP for each in patches):
        todo = f"the target has all of its patches: unfork plan end {name} --how merged-upstream"
    return LineState.BLOCKS, "; ".join(said), "the plan", todo


def _ended(
    joined: Joined, name: str, item: Item, compared: Mapping[str, Comparison]
) -> tuple[LineState, str, str, str]:
    assert item.ended is not None  # noqa: S101 - for the type checker: the caller asked
    what = f"ended on {item.ended.on}: {item.ended.how}"
    comparison = compared.get(item.project)
    still = [patch for patch, items in comparison.still if name in items] if comparison else []
    if still and item.ended.how is not Ending.WITHDRAWN:
        more = f" and {len(still) - 1} more of its patches" if len(still) > 1 else ""
        return (
            LineState.BLOCKS,
            f"{what}, and the new track carries {still[0]}{more}",
            "the new track's commits",
            "take them out, or the end back",
        )
    scanned = joined.carried.get(name, ())
    if item.ended.how is Ending.UPSTREAM and any(each.relation is Relation.NONE for each in scanned):
        return (
            LineState.BLOCKS,
            f"{what}, and the scan finds it nowhere upstream",
            "the scan",
            "unfork decide",
        )
    return _judged(what, prove(joined.plan, item, comparison), item, compared)


def _judged(
    what: str, proof: Proof, item: Item, compared: Mapping[str, Comparison]
) -> tuple[LineState, str, str, str]:
    if proof.state is not LineState.SAID:
        return proof.state, f"{what}{proof.but}", proof.words, proof.todo
    gone = f"; none of its {len(item.patches)} patches is on the new track" if item.patches else ""
    words = f"the plan's word{gone if item.project in compared else ''}"
    return LineState.SAID, what, words, "check: CHECK/TEST in the item would prove it"
