"""Sets of CPUs as the kernel, libvirt and nova write them: ``0-3,8``, ``0-7,^3``."""

from collections.abc import Iterable
from functools import lru_cache

from outboard.errors import InputError

# Linux is built for at most this many (NR_CPUS of the largest distribution kernels). A list that names
# more is no CPU list, and ``0-99999999999`` must not eat the memory.
MOST_CPUS = 8192


# A host has thousands of vectors and few different lists; sharing the sets keeps them small.
@lru_cache(maxsize=4096)
def parse_cpus(text: str) -> frozenset[int]:
    """The CPUs a list names. ``^`` takes away what came before it, as in libvirt's and nova's lists.

    Raises ``InputError`` for what is no list; an empty text is the empty set.
    """
    found: set[int] = set()
    for part in text.strip().split(",") if text.strip() else ():
        item = part.strip()
        if item.startswith("^"):
            found.difference_update(_range(item[1:], text))
        else:
            found.update(_range(item, text))
    return frozenset(found)


def format_cpus(cpus: Iterable[int]) -> str:
    """The shortest list that names exactly these, as the kernel prints it."""
    return _format(frozenset(cpus))


@lru_cache(maxsize=4096)
def _format(cpus: frozenset[int]) -> str:
    parts: list[str] = []
    first = last = None
    for cpu in sorted(cpus):
        if first is None or last is None or cpu != last + 1:
            if first is not None:
                parts.append(_span(first, last))
            first = cpu
        last = cpu
    if first is not None:
        parts.append(_span(first, last))
    return ",".join(parts)


def _span(first: int, last: int | None) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _range(item: str, text: str) -> range:
    low, dash, high = item.partition("-")
    # isascii: int() reads other scripts' digits as well, the kernel does not.
    numbers = (low, high) if dash else (low,)
    if not all(number.isascii() and number.isdigit() and len(number) <= 5 for number in numbers):
        raise InputError(f"not a list of CPUs: {text[:80]!r}", hint="write it like 0-3,8")
    first, last = int(low), int(high if dash else low)
    if last < first or last >= MOST_CPUS:
        raise InputError(f"not a range of CPUs: {item!r}", hint=f"ascending, below {MOST_CPUS}")
    return range(first, last + 1)
