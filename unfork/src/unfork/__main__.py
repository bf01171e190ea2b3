"""``unfork`` and ``python -m unfork``."""

import gc
import sys

from unfork.cli import run

# A run makes hundreds of thousands of small objects that live until its end and hold no cycles;
# looking for some every 700 objects costs a tenth of a warm scan.
_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
