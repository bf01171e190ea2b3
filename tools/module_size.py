"""Fail when a module passes 500 lines: split it by reason before it gets there."""

import sys
from pathlib import Path

LIMIT = 500


def main() -> int:
    """Print each module that is too long; 1 when there is one."""
    root = Path(__file__).resolve().parent.parent
    sizes = {
        path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("unfork", "outboard", "benchmarks", "tools")
        for path in (root / folder).rglob("*.py")
    }
    long = {path: size for path, size in sizes.items() if size > LIMIT}
    for path, size in sorted(long.items()):
        print(f"{path}: {size} lines, the limit is {LIMIT}: split it by reason")
    print(f"{len(sizes)} modules, the longest has {max(sizes.values(), default=0)} lines")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
