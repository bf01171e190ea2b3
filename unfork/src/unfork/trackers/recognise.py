"""From what people write to what it leads to: addresses, numbers and identifiers of every tracker."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from unfork.model.tracker import Ref, Thing
from unfork.model.tracker_host import TrackerKind
from unfork.trackers.hosts import Registry

_K, _T = TrackerKind, Thing
# What follows the host of an address, by tracker: the path, then "?" with the query, then "#" with the
# fragment, where there are any. (Gerrit's old addresses have the number behind a "#".)
_PATHS: dict[TrackerKind, tuple[tuple[Thing, re.Pattern[str]], ...]] = {
    _K.GERRIT: (
        (_T.CHANGE, re.compile(
            r"(?:/[\w.-]+)?/?(?:#/)?c/(?:(?P<project>[\w./%-]+?)/\+/)?(?P<id>\d+)"
            r"(?:/(?:\d+\.\.)?(?P<revision>\d+))?(?:[/?#].*)?")),
        (_T.CHANGE, re.compile(r"(?:/[\w.-]+)?/(?:#/)?(?P<id>\d+)(?:/(?P<revision>\d+))?/?")),
        (_T.CHANGE, re.compile(r"/changes/(?:[\w.%-]+~)?(?P<id>\d+)(?:[/?#].*)?")),
        (_T.CHANGE_ID, re.compile(
            r"(?:/[\w.-]+)?/?(?:#/?)?(?:q[/,]|r/|id/|changes/)(?P<id>I[0-9a-f]{8,40})\b.*")),
    ),
    _K.GITHUB: (
        (_T.PULL, re.compile(r"/(?:repos/)?(?P<project>[\w.-]+/[\w.-]+)/pulls?/(?P<id>\d+)\b.*")),
        (_T.ISSUE, re.compile(r"/(?:repos/)?(?P<project>[\w.-]+/[\w.-]+)/issues/(?P<id>\d+)\b.*")),
    ),
    _K.GITLAB: (
        (_T.MERGE_REQUEST, re.compile(
            r"/(?P<project>[\w.-]+(?:/[\w.-]+)+?)/(?:-/)?merge_requests/(?P<id>\d+)\b.*")),
        (_T.ISSUE, re.compile(
            r"/(?P<project>[\w.-]+(?:/[\w.-]+)+?)/(?:-/)?(?:issues|work_items)/(?P<id>\d+)\b.*")),
    ),
    _K.LAUNCHPAD: (
        (_T.BUG, re.compile(
            r"/(?:(?:devel|1\.0|beta)/)?(?:(?P<project>[\w.+/-]+?)/)?\+?bugs?/(?P<id>\d+)\b.*")),
        (_T.BLUEPRINT, re.compile(
            r"/(?:(?:devel|1\.0|beta)/)?(?P<project>[\w.+-]+)/(?:[\w.-]+/)?\+spec/(?P<id>[a-z0-9][\w.+-]*).*")),
    ),
    _K.PATCHWORK: (
        (_T.PATCH, re.compile(r"/(?:api/(?:1\.\d/)?)?(?:patch|patches)/(?P<id>\d+)\b.*")),
        (_T.MESSAGE, re.compile(r"/project/(?P<project>[\w.-]+)/patch/(?P<id>[^/\s]+@[^/\s]+)/?.*")),
    ),
    _K.STORYBOARD: (
        (_T.STORY, re.compile(r"/?(?:#!)?/?(?:api/v1/)?stor(?:y|ies)/(?P<id>\d+)\b.*")),
    ),
}  # fmt: skip
# What people write without an address: tracker, thing, and the pattern. "m": it stands for this also in a
# message, and not only where a plan has it as a whole link.
_BARE: tuple[tuple[TrackerKind, Thing, re.Pattern[str]], ...] = (
    (_K.GERRIT, _T.CHANGE_ID, re.compile(r"(?:change-id:\s*)?(?P<id>I[0-9a-f]{8,40})", re.I)),
    (_K.LAUNCHPAD, _T.BUG, re.compile(
        r"(?:lp|bug|(?:closes|partial|related|fixes)-bug)s?\s*:?\s*#?\s*(?P<id>\d{1,9})", re.I)),
    (_K.LAUNCHPAD, _T.BLUEPRINT, re.compile(
        r"(?:(?:partially-)?implements:\s*)?(?:bp|blueprint)s?(?:\s*[:/]\s*|\s+)"
        r"(?:(?P<project>[a-z][\w.-]+)/)?(?P<id>[a-z0-9][\w.+-]+)",
        re.I)),
    (_K.GITHUB, _T.ISSUE, re.compile(r"(?P<project>[\w.-]+/[\w.-]+)#(?P<id>\d+)")),
    (_K.GITLAB, _T.MERGE_REQUEST, re.compile(r"(?P<project>[\w.-]+(?:/[\w.-]+)+)!(?P<id>\d+)")),
    (_K.STORYBOARD, _T.STORY, re.compile(r"story\s*:?\s*#?\s*(?P<id>\d{6,9})", re.I)),
)  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.I)
# In prose only what can hardly be meant otherwise; "bug 12" and "see I0123" are left.
_MENTIONS = re.compile(
    r"^\s*(?:change-id:\s*I[0-9a-f]{40}\s*$"
    r"|(?:closes|partial|related|fixes)-bug\s*:\s*#?\d{5,9}\b"
    r"|(?:partially-)?implements:\s*(?:bp|blueprint)s?[\s:/]+[a-z0-9][\w./+-]+"
    r"|story:\s*#?\d{6,9}\b)"
    r"|\bLP:?\s*#\s*\d{5,9}\b|\bbug:?\s*#\s*\d{6,9}\b"
    r"|(?<![\w/.-])[\w.-]+/[\w.-]+#\d+\b",
    re.I | re.M,
)
_SPECIFICATION = re.compile(r"[a-z0-9][\w.+-]*[\w+]")
_LONGEST = 2000  # characters of an address that is looked at


def recognise(text: str, registry: Registry, project: str = "") -> Ref | None:
    """What a link leads to; ``None`` when it leads to no tracker that is known.

    ``project`` is meant where a blueprint or a bug is named without one.
    """
    text = text.strip()[:_LONGEST]
    if "://" in text:
        return _of_address(text, registry, project)
    for kind, thing, pattern in _BARE:
        match = pattern.fullmatch(text)
        if match is not None:
            host = registry.default(kind)
            return _ref(kind, host.name, thing, match, project) if host is not None else None
    return None


def mentions(message: str, registry: Registry, project: str = "") -> tuple[Ref, ...]:
    """What the message of a patch names, in its order, each once."""
    found: dict[str, Ref] = {}
    for text in _texts(message):
        ref = recognise(text, registry, project)
        if ref is not None:
            found.setdefault(ref.key, ref)
    return tuple(found.values())


def label_of(ref: Ref) -> str:
    """How people call it: 571111, openstack/nova#12, group/project!4, bug 1234567."""
    marks = {Thing.PULL: "#", Thing.ISSUE: "#", Thing.MERGE_REQUEST: "!"}
    if ref.thing in marks:
        return f"{ref.project}{marks[ref.thing]}{ref.id}"
    named = (Thing.BUG, Thing.BLUEPRINT, Thing.STORY, Thing.PATCH)
    return f"{ref.thing} {ref.id}" if ref.thing in named else ref.id


def address_host(text: str) -> str | None:
    """The host that an address names; ``None`` for what is no address."""
    parts = _split(text.strip()[:_LONGEST])
    return parts.netloc.rpartition("@")[2].lower() if parts is not None else None


def _texts(message: str) -> Iterator[str]:
    found: Iterable[re.Match[str]] = [*_ADDRESS.finditer(message), *_MENTIONS.finditer(message)]
    for match in sorted(found, key=lambda each: each.start()):
        yield match[0].strip().rstrip(").,;:]}")


def _of_address(text: str, registry: Registry, project: str) -> Ref | None:
    parts = _split(text)
    host = registry.named(parts.netloc) if parts is not None else None
    if parts is None or host is None or host.kind is None:
        return None
    rest = unquote(parts.path)
    base = urlsplit(host.api or "").path
    if base and rest.startswith(f"{base}/"):
        rest = rest.removeprefix(base)
    if parts.query:
        rest += f"?{parts.query}"
    if parts.fragment and (parts.path in ("", "/") or rest.endswith("/")):
        rest = rest.rstrip("/") + f"/#{parts.fragment}"
    for thing, pattern in _PATHS[host.kind]:
        match = pattern.fullmatch(rest)
        if match is not None:
            return _ref(host.kind, host.name, thing, match, project)
    return None


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
    except ValueError:  # "https://[": somebody's message
        return None
    return parts if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def _ref(kind: TrackerKind, host: str, thing: Thing, match: re.Match[str], project: str) -> Ref | None:
    groups = match.groupdict()
    number = groups["id"]
    if thing is Thing.CHANGE_ID:
        number = "I" + number[1:].lower()
    elif thing is Thing.BLUEPRINT:
        project = groups.get("project") or project
        if not project or not _SPECIFICATION.fullmatch(number):
            return None
        return Ref(kind, host, thing, number, project)
    elif thing is Thing.MESSAGE:
        number = number.strip("<>")
    elif len(number) > 12:
        return None
    else:
        number = str(int(number))
    named = groups.get("project") or ""
    if thing is Thing.BUG:
        named = named or project  # of its tasks the one of this project is meant
    if kind in (TrackerKind.GITHUB, TrackerKind.GITLAB):
        named = named.removesuffix(".git").lower()  # both take any case
    return Ref(kind, host, thing, number, named, groups.get("revision"))
