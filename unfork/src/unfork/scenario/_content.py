"""Contents of files that a scenario names instead of spelling out. Same name, same bytes."""

import hashlib
import itertools

_HEAD = '''"""{Module} of the service."""

import logging

LOG = logging.getLogger(__name__)
'''

# Every line but "break" carries the function's name: a line tells where it comes from.
_FUNCTION = '''

def {name}({module}, limit={number}):
    """{Name} one {module}, at most ``limit`` items at a time."""
    {name}_seen = 0
    for item in {module}.pending("{name}"):
        if {name}_seen >= limit:
            LOG.info("{name}: limit %d reached", limit)
            break
        {name}_seen += {module}.apply("{name}", item)
    return {name}_seen
'''


def module(name: str, functions: list[str]) -> str:
    """Plausible Python source: one function of nine lines for each name."""
    parts = [_HEAD.format(Module=name.capitalize())]
    for function in functions:
        number = 2 + hashlib.sha256(f"{name}/{function}".encode()).digest()[0] % 98
        parts.append(_FUNCTION.format(name=function, Name=function.capitalize(), module=name, number=number))
    return "".join(parts)


def noise(seed: str, size: int) -> bytes:
    """``size`` bytes that no diff takes for text: SHA-256 in counter mode, after a NUL."""
    blocks = (hashlib.sha256(f"{seed}/{i}".encode()).digest() for i in itertools.count())
    stream = itertools.chain.from_iterable(blocks)
    return b"\0" + bytes(itertools.islice(stream, max(0, size - 1)))
