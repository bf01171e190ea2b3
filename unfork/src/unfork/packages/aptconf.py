"""A private apt configuration: the system's sources as ``deb-src``, all else in a folder of ours.

The system's own configuration files are not read by the apt we start (they may hook programs in);
only its network settings (``Acquire::``: proxies, timeouts, certificates) are taken over.
"""

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import InputError

_ACQUIRE = re.compile(r'(Acquire::[A-Za-z][^ "]*(?:::)?) "([^"\n]*)";')
# These say which indexes to fetch and how to store them: ours to decide.
_OURS = re.compile(r"Acquire::(?:IndexTargets|Languages|GzipIndexes|CompressionTypes|By-Hash|PDiffs)", re.I)
_ONE_LINE = re.compile(r"\s*deb(?:-src)?(\s+\[[^\]\n]*\])?\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class AptFolder:
    """Where our apt keeps its files."""

    root: Path

    @property
    def config(self) -> Path:
        """The file for ``APT_CONFIG``."""
        return self.root / "apt.conf"

    @property
    def sources(self) -> Path:
        """The folder that takes the place of ``/etc/apt/sources.list.d``."""
        return self.root / "sources.list.d"

    @property
    def lists(self) -> Path:
        """What ``apt-get update`` downloads."""
        return self.root / "lists"

    @property
    def stamp(self) -> Path:
        """Its age is that of the lists; its text names the sources they were made from."""
        return self.root / "updated"


def write(folder: AptFolder, system: Path, acquire: str) -> str:
    """Write sources and configuration; returns a hash of the sources.

    ``system`` is the directory with ``sources.list`` (``/etc/apt``), ``acquire`` what
    ``apt-config dump`` says. Raises ``InputError`` when the system has no sources.
    """
    for path in (folder.sources, folder.lists / "partial", folder.root / "archives" / "partial"):
        path.mkdir(parents=True, exist_ok=True)
    for old in folder.sources.iterdir():
        old.unlink()
    written = _sources(system)
    if not written:
        raise InputError(
            "apt has no sources, expected sources.list or sources.list.d/*.sources",
            where=str(system),
            hint="add your distribution's archive, or give a Debian source tree instead",
        )
    for name, text in written.items():
        (folder.sources / name).write_text(text, encoding="utf-8")
    (folder.root / "status").touch()
    folder.config.write_text(_configuration(folder, system, acquire), encoding="utf-8")
    return hashlib.sha256(repr(sorted(written.items())).encode()).hexdigest()


def _configuration(folder: AptFolder, system: Path, acquire: str) -> str:
    root = folder.root
    settings = {
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": f"{folder.sources}/",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::trusted": f"{system}/trusted.gpg",
        "Dir::Etc::trustedparts": f"{system}/trusted.gpg.d/",
        "Dir::State": f"{root}/",
        "Dir::State::lists": f"{folder.lists}/",
        "Dir::State::status": f"{root}/status",
        "Dir::Cache": f"{root}/",
        "Dir::Cache::archives": f"{root}/archives/",
        "Dir::Log": f"{root}/",
        # apt started by root drops to _apt, which cannot read a folder that is ours alone.
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
    }
    if '"' in str(root):
        raise InputError("the cache directory's name has a quote, apt cannot use it", where=str(root))
    lines = [f'{key} "{value}";' for key, value in settings.items()]
    for found in _ACQUIRE.finditer(acquire):
        if not _OURS.match(found[1]) and found[2]:
            lines.append(f'{found[1]} "{found[2]}";')
    # Only the indexes of sources: no Packages, no Contents.
    lines.append('Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "true";')
    return "\n".join(lines) + "\n"


def _sources(system: Path) -> dict[str, str]:
    """File name to text, with every source turned into ``deb-src``."""
    parts = system / "sources.list.d"
    lists = [system / "sources.list", *sorted(parts.glob("*.list"))]
    written: dict[str, str] = {}
    for path in lists:
        if path.is_file() and (text := _one_line_style(_read(path))):
            written[f"{len(written):02d}-{path.stem}.list"] = text
    for path in sorted(parts.glob("*.sources")):
        if path.is_file() and (text := _deb822(_read(path))):
            written[f"{len(written):02d}-{path.stem}.sources"] = text
    return written


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _one_line_style(text: str) -> str:
    lines: dict[str, None] = {}  # a dict keeps order and drops the second of a deb and deb-src pair
    for line in text.splitlines():
        if found := _ONE_LINE.fullmatch(line.split("#", 1)[0].rstrip()):
            lines[f"deb-src{found[1] or ''} {found[2]}"] = None
    return "\n".join(lines) + "\n" if lines else ""


def _deb822(text: str) -> str:
    from debian.deb822 import Deb822

    stanzas: list[str] = []
    for stanza in Deb822.iter_paragraphs(text.splitlines(), use_apt_pkg=False):
        if "URIs" in stanza:
            stanza["Types"] = "deb-src"
            dumped = stanza.dump()
            if dumped not in stanzas:
                stanzas.append(dumped)
    return "\n".join(stanzas)


def remove(path: Path) -> None:
    """Remove a download folder of ours."""
    shutil.rmtree(path, ignore_errors=True)
