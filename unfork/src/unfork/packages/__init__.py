"""Gets packages from archives and indexes: Debian's through apt, Python's through the simple API."""

from unfork.packages.apt import download_source, downloaded_version
from unfork.packages.debian_version import changelog_version, upstream_version
from unfork.packages.inflate import Counted, inflated
from unfork.packages.pipconf import PipSettings, read_pip_settings
from unfork.packages.pypi import Release, download_release, parse_requirement

__all__ = [
    "Counted",
    "PipSettings",
    "Release",
    "changelog_version",
    "download_release",
    "download_source",
    "downloaded_version",
    "inflated",
    "parse_requirement",
    "read_pip_settings",
    "upstream_version",
]
