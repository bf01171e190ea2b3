"""What a part is called whose message nobody wrote: a listed subject that fits, or what it touches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from posixpath import basename, dirname

from unfork.unsquashing.model import Title
from unfork.unsquashing.reading import Said, words_of

_NAMES, _FILES = 2, 2  # told in a title


def fitting(groups: Sequence[Sequence[Said]], titles: Sequence[Title]) -> dict[int, int]:
    """The listed part that each group of pieces is called after, by places, where any words agree.

    The best pair first, each once; a word counts the more the fewer groups have it.
    """
    bags = [frozenset().union(*(each.words | {each.stem} for each in group)) for group in groups]
    held = Counter(word for bag in bags for word in bag)
    scores = []
    for number, title in enumerate(titles):
        words = words_of(title.subject)
        for group, bag in enumerate(bags):
            score = sum(log(1 + len(bags) / held[word]) for word in words & bag)
            if score:
                scores.append((score / log(2 + len(bag)), -number, -group))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, number, group in sorted(scores, reverse=True):
        if -group not in found and -number not in taken:
            found[-group] = -number
            taken.add(-number)
    return found


def made_title(pieces: Sequence[Said], others: Mapping[str, int]) -> str:
    """A title out of the files of a part and the names that it brings and few other parts have."""
    files = Counter[str]()
    names = Counter[str]()
    for each in pieces:
        files[each.path] += each.size
        telling = {name for name in each.come | each.gone if not name.istitle()}  # else prose, as a rule
        names.update({name: (2 if name in each.defined else 1) for name in each.defined | telling})
    code = [path for path, _ in files.most_common() if not _aside(pieces, path)] or list(files)
    shown = [_short(path) for path in code[:_FILES]]
    more = f" and {len(files) - len(shown)} more" if len(files) > len(shown) else ""
    best = sorted(names, key=lambda name: (-names[name] / others.get(name, 1), name))[:_NAMES]
    what = f": {', '.join(best)}" if best else ""
    title = f"{', '.join(shown)}{more}{what}"
    return title.strip() or "part"


def _aside(pieces: Sequence[Said], path: str) -> bool:
    return any(each.path == path and (each.is_test or each.is_prose) for each in pieces)


def _short(path: str) -> str:
    folder = basename(dirname(path))
    return f"{folder}/{basename(path)}" if folder else basename(path)
