"""The words of the three forms, and what they mean.

DEP-3: https://dep-team.pages.debian.net/deps/dep3/. Upstream-Status: the Yocto Project's manual for
contributors, "Patch upstream status". Patch-mainline: README of SUSE's kernel-source.
"""

import re

from unfork.model.header import Fact, Form, Standing

YOCTO = {
    "pending": Standing.PENDING,
    "submitted": Standing.SUBMITTED,
    "accepted": Standing.UPSTREAM,  # an older word for what is upstream by now
    "backport": Standing.UPSTREAM,
    "denied": Standing.DENIED,
    "inappropriate": Standing.NEVER,
    "inactive-upstream": Standing.INACTIVE,
}
SUSE = {
    "never": Standing.NEVER,
    "no": Standing.PENDING,
    "not yet": Standing.PENDING,
    "submitted": Standing.SUBMITTED,
    "queued": Standing.UPSTREAM,
    "queued in subsystem maintainer repository": Standing.UPSTREAM,
}
DEP3_FORWARDED = {"no": Standing.PENDING, "not-needed": Standing.NEVER, "yes": Standing.SUBMITTED}
FIELDS = {
    Form.DEP3: ("Forwarded", "Applied-Upstream", "Origin", "Bug", "Last-Update"),
    Form.YOCTO: ("Upstream-Status",),
    Form.SUSE: ("Patch-mainline", "Git-commit", "Git-repo"),
}
# What a form has no word for, and what it says instead.
INSTEAD = {
    (Form.DEP3, Standing.DENIED): Standing.SUBMITTED,
    (Form.DEP3, Standing.INACTIVE): Standing.NEVER,
    (Form.SUSE, Standing.DENIED): Standing.NEVER,
    (Form.SUSE, Standing.INACTIVE): Standing.NEVER,
}
HASH = re.compile(r"\b[0-9a-f]{7,64}\b")
URL = re.compile(r"https?://[^\s,<>\]]+")


def fields_of(fact: Fact, form: Form) -> dict[str, str]:
    """The fields that say it, in the form's order; none when the form has no word for it."""
    return {Form.DEP3: _dep3, Form.YOCTO: _yocto, Form.SUSE: _suse}[form](fact)


def _dep3(fact: Fact) -> dict[str, str]:
    fields: dict[str, str] = {}
    if fact.standing is Standing.UPSTREAM:
        where = [fact.release, *(f"commit:{each}" for each in fact.commits[:1])]
        fields["Applied-Upstream"] = _joined(*where) or fact.link or "yes"
    elif fact.standing in (Standing.SUBMITTED, Standing.DENIED):
        fields["Forwarded"] = fact.link or "yes"
    else:
        fields["Forwarded"] = "no" if fact.standing is Standing.PENDING else "not-needed"
    if fact.bug is not None:
        fields["Bug"] = fact.bug
    return fields


def _yocto(fact: Fact) -> dict[str, str]:
    said = {
        Standing.PENDING: ("Pending", None),
        Standing.SUBMITTED: ("Submitted", fact.link or "upstream"),
        Standing.UPSTREAM: ("Backport", _joined(*fact.commits[:1], fact.release) or fact.link),
        Standing.DENIED: ("Denied", _joined(fact.link, fact.reason)),
        Standing.NEVER: ("Inappropriate", fact.reason or "not for upstream"),
        Standing.INACTIVE: ("Inactive-Upstream", fact.reason),
    }
    word, inside = said[fact.standing]
    return {"Upstream-Status": f"{word} [{_bracketed(inside)}]" if inside else word}


def _suse(fact: Fact) -> dict[str, str]:
    if fact.standing is Standing.UPSTREAM:
        release = fact.release or "Queued in subsystem maintainer repository"
        commit = {"Git-commit": fact.commits[0]} if fact.commits else {}
        return {"Patch-mainline": release, **commit}
    said = {
        Standing.PENDING: ("Not yet", fact.reason or "to be sent"),
        Standing.SUBMITTED: ("Submitted", fact.link or "upstream"),
        Standing.DENIED: ("Never", _joined("denied by upstream", fact.link, fact.reason)),
        Standing.NEVER: ("Never", fact.reason or "downstream only"),
        Standing.INACTIVE: ("Never", fact.reason or "upstream is not active"),
    }
    word, why = said[fact.standing]
    return {"Patch-mainline": f"{word}, {why}"}


def _joined(*parts: str | None) -> str:
    return ", ".join(each for each in parts if each)


def _bracketed(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")
