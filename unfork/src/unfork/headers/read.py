"""Reads what a patch's header says of upstream, in whichever form, and names what contradicts itself."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from unfork.headers.words import DEP3_FORWARDED, FIELDS, HASH, INSTEAD, SUSE, URL, YOCTO
from unfork.model import Patch
from unfork.model.header import Form, PatchHeader, Said, Standing

_BRACKETS = re.compile(r"([\w -]+?)\s*(?:[\[(](.*?)[\])]?)?\s*")
_VERSION = re.compile(r"v?\d[\w.+~-]*")
_SEVERAL = {"bug", "git-commit"}  # fields that may be there more than once
_Fields = dict[str, list[str]]


def read_header(patch: Patch) -> PatchHeader:
    """What the header says; what is wrong with it is in ``problems``, each with the patch's name in front."""
    names = {name.lower() for names in FIELDS.values() for name in names}
    fields: _Fields = {}
    for key, value in patch.trailers:
        if key.lower() in names:
            fields.setdefault(key.lower(), []).append(" ".join(value.split()))
    problems = [
        f"{key} is there twice: {values[0]!r} and {values[1]!r} (leave one)"
        for key, values in fields.items()
        if key not in _SEVERAL and len({*values}) > 1
    ]
    said: list[Said] = []
    for read in (_dep3, _yocto, _suse):
        found = read(fields, problems.append)
        if found is not None:
            said.append(found)
    problems += _contradictions(said)
    bugs = [value for key, value in patch.trailers if re.fullmatch(r"(?i)bug(-\w+)?|references", key)]
    return PatchHeader(
        patch.name, tuple(said), tuple(bugs), tuple(f"{patch.name}: {each}" for each in problems)
    )


def _first(fields: _Fields, key: str) -> str | None:
    values = fields.get(key)
    return values[0] if values else None


def _dep3(fields: _Fields, problem: Callable[[str], None]) -> Said | None:
    forwarded, applied = _first(fields, "forwarded"), _first(fields, "applied-upstream")
    origin = _first(fields, "origin")
    of_upstream = origin is not None and re.match(r"(?:upstream|backport)\b", origin, re.IGNORECASE)
    if applied is not None or of_upstream:
        text = f"Applied-Upstream: {applied}" if applied is not None else f"Origin: {origin}"
        where = f"{applied or ''} {origin if of_upstream else ''}"
        version = next((word for word in re.split(r"[,\s]+", applied or "") if _is_release(word)), None)
        return Said(
            Form.DEP3, Standing.UPSTREAM, text, link=_link(where), commits=_commits(where), release=version
        )
    if forwarded is None:
        return None
    text = f"Forwarded: {forwarded}"
    standing = DEP3_FORWARDED.get(forwarded.lower())
    if standing is None:
        standing = Standing.SUBMITTED
        if not _link(forwarded) and "@" not in forwarded:
            problem(f"{text!r} is none of no, not-needed, yes or an address (write one of these)")
    return Said(Form.DEP3, standing, text, link=_link(forwarded))


def _yocto(fields: _Fields, problem: Callable[[str], None]) -> Said | None:
    value = _first(fields, "upstream-status")
    if value is None:
        return None
    text = f"Upstream-Status: {value}"
    found = _BRACKETS.fullmatch(value)
    word = (found[1] if found else re.split(r"[\s\[(]", value)[0]).strip().lower()
    inside = (found[2] or "").strip() if found else ""
    standing = YOCTO.get(word) or YOCTO.get(word.split()[0] if word else "")
    if standing is None:
        near = difflib.get_close_matches(word, YOCTO, n=1, cutoff=0.5)
        hint = f"did you mean {near[0].capitalize()}?" if near else f"one of {_listed(YOCTO)}"
        problem(f"{text!r} has no word of that form ({hint})")
        return None
    release = next((each for each in re.split(r"[,\s]+", inside) if _is_release(each)), None)
    return Said(
        Form.YOCTO,
        standing,
        text,
        reason=inside or None,
        link=_link(inside),
        commits=_commits(inside) if standing is Standing.UPSTREAM else (),
        release=release if standing is Standing.UPSTREAM else None,
    )


def _suse(fields: _Fields, problem: Callable[[str], None]) -> Said | None:
    value = _first(fields, "patch-mainline")
    commits = tuple(each.split()[0] for each in fields.get("git-commit", ()) if HASH.match(each))
    if value is None:
        return None
    text = f"Patch-mainline: {value}"
    word, _, reason = value.partition(",")
    standing = SUSE.get(word.strip().lower())
    if (standing is None and _VERSION.match(value)) or (standing is None and value.lower() == "yes"):
        return Said(Form.SUSE, Standing.UPSTREAM, text, commits=commits, release=value.split()[0].rstrip(","))
    if standing is None:
        near = difflib.get_close_matches(word.strip().lower(), SUSE, n=1, cutoff=0.5)
        hint = f"did you mean {near[0].capitalize()}?" if near else f"a release, or one of {_listed(SUSE)}"
        problem(f"{text!r} has no word of that form ({hint})")
        return None
    if commits and standing in (Standing.NEVER, Standing.PENDING):
        problem(f"{text!r} and 'Git-commit: {commits[0]}' contradict each other")
    return Said(Form.SUSE, standing, text, reason=reason.strip() or None, link=_link(value), commits=commits)


def _contradictions(said: Sequence[Said]) -> Iterable[str]:
    for at, one in enumerate(said):
        for other in said[at + 1 :]:
            if one.standing not in (other.standing, INSTEAD.get((one.form, other.standing))) and (
                other.standing is not INSTEAD.get((other.form, one.standing))
            ):
                yield f"{one.text!r} and {other.text!r} contradict each other"
            elif one.commits and other.commits and not _same(one.commits, other.commits):
                yield f"{one.text!r} and {other.text!r} name different commits"


def _same(some: Sequence[str], others: Sequence[str]) -> bool:
    return any(one.startswith(other) or other.startswith(one) for one in some for other in others)


def _link(text: str) -> str | None:
    found = URL.search(text)
    return found[0].rstrip(".);") if found else None


def _commits(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in HASH.findall(text) if re.search(r"\d", each)))


def _is_release(word: str) -> bool:
    return bool(_VERSION.fullmatch(word)) and not (HASH.fullmatch(word) and "." not in word)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(each.capitalize() for each in words)
