"""What the old track's tree offers and the new one's does not, and the patches that the new one carries."""

from collections.abc import Iterator

from unfork.model.compared import Comparison, ContentLost
from unfork.model.cutover import Line, LineState, Subject
from unfork.model.plan import Gate, Plan


def content_lines(plan: Plan, project: str, comparison: Comparison) -> Iterator[Line]:
    """What carried patches brought is the plan's to answer for; what upstream took out is only counted."""
    theirs = [each for each in comparison.content if each.ours is False]
    for each in comparison.content:
        if each.ours is not False:
            state, what, todo = _answered(plan, each)
            yield Line(
                Subject.CONTENT, f"{each.kind}/{each.name}", project, state, what,
                f"{each.file}:{each.line} of {comparison.old.track}", todo,
            )  # fmt: skip
    if theirs:
        yield Line(
            Subject.CONTENT, "upstream", project, LineState.FINE,
            f"{len(theirs)} options, routes, entry points or migrations were taken out upstream",
            "unfork track compare",
        )  # fmt: skip
    for name, items in comparison.still:
        yield _carried(plan, project, name, items, comparison.new.track)


def _answered(plan: Plan, each: ContentLost) -> tuple[LineState, str, str]:
    named = ", ".join(each.items[:3])
    if not each.items:
        patch = f", which {each.patches[0]} brought," if each.patches else ""
        return (
            LineState.UNKNOWN,
            f"the new track lacks it{patch} and no item answers for it",
            ("name the patch in an item of the plan, or accept it in cutover: accepted"),
        )
    if any(plan.items[item].ended is None and plan.items[item].gate is Gate.CUTOVER for item in each.items):
        return LineState.FINE, f"the new track lacks it; {named} blocks for it", ""
    return LineState.FINE, f"the new track lacks it; {named} answers for it", ""


def _carried(plan: Plan, project: str, name: str, items: tuple[str, ...], new: str) -> Line:
    if not items:
        return Line(
            Subject.PATCH, name, project, LineState.UNKNOWN, f"{new} carries it, and no item says why",
            "its commits", "name it in an item of the plan",
        )  # fmt: skip
    said = ", ".join(f"{item} ({plan.items[item].disposition})" for item in items[:3])
    return Line(Subject.PATCH, name, project, LineState.SAID, f"{new} carries it: {said}", "its commits")
