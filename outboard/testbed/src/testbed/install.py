"""The bed's own venv: OpenStack 2026.1 from the package index, in versions that are known to go together."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from testbed.errors import MissingPartError, tail
from testbed.locks import locked

ROOT = Path(__file__).resolve().parents[2]  # outboard/testbed
CHECKOUT = ROOT.parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
VENV_VARIABLE = "OUTBOARD_TESTBED_VENV"
_PACKAGES = (
    "keystone", "openstack-placement", "nova", "neutron", "glance", "uWSGI", "PyMySQL",
)  # fmt: skip


def home() -> Path:
    """The folder in the checkout that is kept from version control."""
    return CHECKOUT / ".testbed"


def venv_folder() -> Path:
    """Where the venv is, or will be: several checkouts may share one through ``OUTBOARD_TESTBED_VENV``."""
    named = os.environ.get(VENV_VARIABLE)
    return Path(named).resolve() if named else home() / "venv"


def _has_libvirt() -> bool:
    known = ["pkg-config", "--exists", "libvirt"]
    return shutil.which("pkg-config") is not None and not subprocess.run(known, check=False).returncode


def ensure_venv(say: Callable[[str], None]) -> Path:
    """The venv, made or brought up to date where it is not. Raises ``MissingPartError``."""
    folder = venv_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    packages = [*_PACKAGES, *(["libvirt-python"] if _has_libvirt() else [])]  # compiled against its headers
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes() + " ".join(packages).encode()).hexdigest()
    stamp = folder / ".testbed-installed"
    with locked(folder.with_suffix(".lock")):  # another process may be at it
        if stamp.exists() and stamp.read_text() == wanted:
            return folder
        say(f"installing OpenStack into {folder}: about three minutes, once")
        log = folder.with_suffix(".log")
        with log.open("w") as stream:
            for command in (
                [sys.executable, "-m", "venv", str(folder)],
                [
                    str(folder / "bin/python"), "-m", "pip", "install", "--disable-pip-version-check",
                    "--constraint", str(CONSTRAINTS), *packages,
                ],
            ):  # fmt: skip
                done = subprocess.run(command, stdout=stream, stderr=subprocess.STDOUT, check=False)
                if done.returncode:
                    stream.flush()
                    raise MissingPartError(f"OpenStack cannot be installed\n{tail(log)}")
        stamp.write_text(wanted)
    return folder
