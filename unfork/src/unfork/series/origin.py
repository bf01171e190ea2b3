"""What a series is applied to, where a file beside it says so."""

import posixpath
import re
from collections.abc import Mapping

import yaml

from unfork.series.folder import Entry, Folder

_META = "meta_data.yaml"  # StarlingX's description of a Debian package
_LARGEST = 2**20
_ABOVE = 2  # directories between a series and what describes it
_COMMIT = re.compile(r"(?<![0-9a-f])([0-9a-f]{40})(?![0-9a-f])")
_CHANGELOG = re.compile(rb"(\S+) \(([^)\s]+)\)")


def origin_of(folder: Folder, directory: str, files: Mapping[str, Entry]) -> tuple[str | None, str | None]:
    """Package and version (or commit) that the patches of a directory are applied to."""
    above = [directory]
    while above[-1] and len(above) <= _ABOVE:
        above.append(posixpath.dirname(above[-1]))
    for described in (posixpath.join(at, _META) for at in above):
        if _is_readable(files, described):
            return _from_meta(folder.read([described], _LARGEST)[0])
    if posixpath.basename(directory) == "patches":
        changelog = posixpath.join(posixpath.dirname(directory), "changelog")
        if _is_readable(files, changelog):
            found = _CHANGELOG.match(folder.read([changelog], _LARGEST)[0])
            if found is not None:
                return _plain(found[1]), _plain(found[2])
    return None, None


def _from_meta(data: bytes) -> tuple[str | None, str | None]:
    try:
        meta = yaml.safe_load(data)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None, None
    if not isinstance(meta, dict):
        return None, None
    name, version = meta.get("debname"), meta.get("debver")
    source = meta.get("dl_path")
    address = source.get("url") if isinstance(source, dict) else None
    commit = _COMMIT.search(address) if isinstance(address, str) else None
    base = str(version) if version is not None else None
    if commit is not None:
        base = f"{base} (git {commit[1]})" if base else commit[1]
    return str(name) if name is not None else None, base


def _is_readable(files: Mapping[str, Entry], path: str) -> bool:
    entry = files.get(path)
    return entry is not None and entry.problem is None and entry.size <= _LARGEST


def _plain(data: bytes) -> str:
    return data.decode("utf-8", "replace")
