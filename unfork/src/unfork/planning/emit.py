"""ruamel.yaml as a plan needs it: loaded late, since only what writes needs it."""

from typing import Any


def round_trip(*, offset: int, width: int) -> Any:
    """A reader and writer that keeps comments and quotes; ``offset`` of "-" below its key."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = width
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    # One date in two places would be written as an anchor and an alias, which a plan has none of.
    yaml.representer.ignore_aliases = lambda _: True
    return yaml
