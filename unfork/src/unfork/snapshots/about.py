"""What a tree says of itself: its project's name and its version."""

import re
from email.parser import HeaderParser

from unfork.git import Repository, TreeEntry

_METADATA = re.compile(r"(?:PKG-INFO|[^/]+\.dist-info/METADATA)")
_TOP = re.compile(r"(?P<name>.+?)[-_]v?(?P<version>\d[\w.+~]*)")
_ENDING = re.compile(
    r"(?:\.orig)?(?:\.tar\.\w+|\.tgz|\.tbz2|\.txz|\.tar|\.zip|(?:-py[\w.]+-\w+-\w+)?\.whl)$", re.I
)


def version_of(repository: Repository, tree: dict[str, TreeEntry], *names: str) -> str | None:
    """The version in the tree's package metadata, else in the first of some names that has one.

    ``names``: of the directory that held all ("nova-16.0.0"), of the archive ("nova_16.0.0.orig.tar.gz").
    """
    for path in sorted(tree, key=len):
        if _METADATA.fullmatch(path):
            (data,) = repository.blobs([tree[path].sha])
            found = HeaderParser().parsestr((data or b"").decode("utf-8", "replace")).get("Version")
            if found and found.strip() not in ("", "0.0.0"):
                return str(found).strip()
    for name in names:
        match = _TOP.fullmatch(_ENDING.sub("", name))
        if match:
            return match["version"]
    return None
