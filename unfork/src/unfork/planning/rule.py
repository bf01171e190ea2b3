"""The rules' names, what each means, and how much it matters. The names are stable."""

from dataclasses import dataclass

from unfork.model.finding import Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is checked."""

    id: str
    severity: Severity
    means: str  # one sentence


_ALL = (
    # Plan and series.
    Rule("patch-unplanned", _E, "A carried patch is in no item."),
    Rule("patch-retired", _E, "A patch that had gone for good is carried again."),
    Rule("patch-archived", _E, "A patch of the track that was archived at the cutover is carried again."),
    Rule("patch-unknown", _W, "An item names a patch that the series does not have, and others that it has."),
    Rule("patches-gone", _W, "All patches of an item are gone from the series, and the item has not ended."),
    Rule("scan-missing", _N, "No scan of the project is recorded, or the last one is old."),
    # What became of the patches and links.
    Rule("can-end", _W, "All patches of an item can be dropped at the target: it can be ended."),
    Rule("condition-met", _W, "All that drop-when waits for has come true."),
    Rule("end-contradicted", _E, "An item ended as merged upstream, and the scan finds it nowhere upstream."),
    Rule("disposition-contradicted", _W, "Upstream has what the item says is carried on or done elsewhere."),
    Rule("link-abandoned", _W, "A review or request was given up by its author."),
    Rule("link-rejected", _E, "A review or request was rejected by upstream."),
    Rule("link-superseded", _W, "A review or request was replaced by another one."),
    Rule("link-stale", _W, "A review or request was closed because nothing moved."),
    Rule("link-gone", _W, "A tracker has no such review, request or bug, or hides it."),
    Rule("link-quiet", _W, "Nothing moved on an open review, request or bug for long."),
    Rule("links-old", _N, "Links were not asked from their trackers, or long ago."),
    Rule("review-changed", _W, "A review or request changed after our patch was made from it."),
    Rule("review-merged", _N, "A review or request is merged, and its item has not ended."),
    Rule("merge-missing", _W, "A review or request is merged as a commit that the upstream does not have."),
    Rule("bug-fixed", _W, "A bug is fixed in a release, and its item has not ended."),
    # Who promised what until when.
    Rule("commitment-missing", _E, "An item that blocks cutover or release has no promised date."),
    Rule("commitment-passed", _E, "A promised date has passed."),
    Rule("commitment-near", _N, "A promised date is near."),
    Rule("commitment-late", _W, "The promised date is after the milestone the item is due at."),
    Rule("commitment-early", _W, "An item is promised for a day before one it waits for."),
    Rule("due-passed", _E, "The milestone an item is due at has passed."),
    Rule("milestone-missed", _E, "A milestone has passed, and an item has not reached what it expects."),
    Rule("milestone-near", _W, "A milestone is near, and an item has not reached what it expects."),
    Rule("review-passed", _W, "The day to ask again whether an item is still carried has passed."),
    Rule("ended-early", _W, "An item has ended, and one that it waits for has not."),
    Rule("not-moving", _W, "Nothing moved on an item for long."),
    # What a plan must say.
    Rule("disposition-missing", _E, "It is not decided how the item is to end."),
    Rule("reason-missing", _E, "An item has patches and no reason."),
    Rule("reason-filler", _E, "The reason says nothing."),
    Rule("owner-missing", _W, "An item that blocks cutover or release has no owner."),
    Rule("outside-missing", _E, "An item is done outside, and it is not said where."),
    Rule("review-missing", _E, "An item is carried on, and there is no day to ask again."),
    Rule("silence-unused", _N, "A silenced rule has nothing to say there, or its day has passed."),
)
RULES = {rule.id: rule for rule in _ALL}
