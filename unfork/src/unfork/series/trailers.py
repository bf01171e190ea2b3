"""Trailers: what a patch says about itself in ``Key: value`` lines."""

import re

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*) ?:(?!//)[ \t]*(.*)")
_PICKED = re.compile(r"\(cherry picked from commit\s+([0-9a-f]{7,64})\b")
# These are meant wherever they stand, also below "---".
_ANYWHERE = re.compile(
    r"^(Upstream-Status|Patch-mainline|Git-commit|Git-repo|Change-Id)[ \t]*:[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_GENERATED = re.compile(r"(?:Signed-off-by: |Change-Id: |\(cherry picked from commit )")
PICKED = "cherry picked from commit"


def trailers(message: str, notes: str = "") -> tuple[tuple[str, str], ...]:
    """The trailers of a message in their order, and those of its notes (the text below ``---``).

    A paragraph at the end is made of trailers when all its lines are, or when one is git's own
    and a quarter of all look like it (the rule of ``git interpret-trailers``).
    """
    found: dict[int, tuple[str, str]] = {}
    end = len(message)
    for start, paragraph in reversed(_paragraphs(message)):
        block = _block(paragraph, start)
        if block is None:
            break
        found |= block
        end = start
    for match in _ANYWHERE.finditer(message, 0, end):
        found[match.start()] = (match[1], match[2].strip())
    for match in _PICKED.finditer(message):
        found[match.start()] = (PICKED, match[1])
    for match in _ANYWHERE.finditer(notes):
        found[len(message) + 1 + match.start()] = (match[1], match[2].strip())
    return tuple(found[at] for at in sorted(found))


def _paragraphs(message: str) -> list[tuple[int, str]]:
    found: list[tuple[int, list[str]]] = []
    at = 0
    open_one = False
    for line in message.split("\n"):
        if not line.strip():
            open_one = False
        elif open_one:
            found[-1][1].append(line)
        else:
            found.append((at, [line]))
            open_one = True
        at += len(line) + 1
    return [(start, "\n".join(lines)) for start, lines in found]


def _block(paragraph: str, start: int) -> dict[int, tuple[str, str]] | None:
    """The trailers of one paragraph by their place, or ``None`` when it is prose."""
    found: dict[int, tuple[str, list[str]]] = {}
    other = total = 0
    last: int | None = None
    at = start
    for line in paragraph.split("\n"):
        if line[0] in " \t" and last is not None:
            found[last][1].append(line.strip())
        elif match := _LINE.match(line):
            last = at
            found[at] = (match[1], [match[2].strip()])
            total += 1
        else:
            last = None
            total += 1
            other += 0 if line.startswith(("(cherry picked from commit ", "[")) else 1
        at += len(line) + 1
    if other and not (_GENERATED.search(paragraph) and (total - other) * 4 >= total):
        return None
    return {at: (key, " ".join(part for part in value if part)) for at, (key, value) in found.items()}
