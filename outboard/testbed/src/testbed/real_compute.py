"""A nova-compute with nova's libvirt driver on a libvirtd of the bed's own: guests are real QEMU processes.

libvirt's folders are fixed when it is built; in the bed's mount namespace they are empty ones of the bed.
"""

import os
import shutil
import signal
import time
from pathlib import Path

from testbed import services
from testbed.bed import Bed
from testbed.errors import BedError, MissingPartError

_FOLDERS = ("/etc/libvirt", "/var/lib/libvirt", "/run/libvirt", "/var/log/libvirt", "/var/cache/libvirt")
_QEMU_CONF = """\
user = "root"
group = "root"
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
"""
_DAEMONS = {
    "libvirtd": 'unix_sock_dir = "{folder}"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n',
    "virtlogd": "",
}


def missing(venv: Path) -> str | None:
    """Why a bed can have no real guests here."""
    if os.geteuid() != 0:
        return "a libvirtd of our own needs root"
    for program, package in (
        ("libvirtd", "libvirt-daemon-system"), ("virtlogd", "libvirt-daemon-system"),
        ("qemu-system-x86_64", "qemu-system-x86"), ("qemu-img", "qemu-utils"),
    ):  # fmt: skip
        if shutil.which(program, path="/usr/sbin:/usr/bin") is None:
            return f"{program} is not installed (Debian: {package})"
    if not any((venv / "lib").glob("python3*/site-packages/libvirt.py")):
        return "libvirt's Python binding is not in the bed's venv (Debian: libvirt-dev, then remove the venv)"
    return None


class RealCompute:
    """One in a bed. Its guests end with the bed."""

    def __init__(self, bed: Bed, host: str = "real-0", *, kvm: bool = False) -> None:
        if why := missing(bed.layout.venv):
            raise MissingPartError(why)
        self.bed = bed
        self.host = host
        self.folder = bed.layout.folder / "libvirt"
        self._kvm = kvm

    @property
    def uri(self) -> str:
        """Of its libvirtd, for anybody: services under test too."""
        return f"qemu+unix:///system?socket={self.folder}/libvirt-sock"

    @property
    def qemu_logs(self) -> Path:
        """Its libvirt's logs of guests, seen from outside of the bed."""
        return Path(f"/proc/{self.bed.control.pid}/root/var/log/libvirt/qemu")

    def start(self) -> None:
        """Start libvirtd where none runs, and the compute; nova knows it when this returns."""
        self.start_libvirt()
        self.start_compute()
        self.bed.wait_compute(self.host)

    def start_libvirt(self) -> None:
        """The daemons; guests of before are found again."""
        processes = self.bed.processes
        running = {state.name for state in self.bed.status() if state.alive}
        if not self.folder.exists():
            self._make_folders()
        for name in ("virtlogd", "libvirtd"):
            if name not in running:
                self.bed.control.stop(name)
                processes.start(
                    name,
                    [
                        f"/usr/sbin/{name}",
                        "-f",
                        self.folder / f"{name}.conf",
                        "-p",
                        self.folder / f"{name}.pid",
                    ],
                )
        processes.wait("libvirtd", (self.folder / "libvirt-sock").is_socket, "libvirtd", "virtlogd")

    def start_compute(self) -> None:
        """The compute alone; ``bed.stop_compute`` stops it, guests live on."""
        layout = self.bed.layout
        (layout.state / self.host / "instances").mkdir(parents=True, exist_ok=True)
        more = layout.render(
            "nova-compute-libvirt.conf", layout.etc / f"nova-compute-{self.host}-libvirt.conf",
            libvirt_uri=self.uri, virt_type="kvm" if self._kvm else "qemu", etc=str(layout.etc),
            instances=str(layout.state / self.host / "instances"),
        )  # fmt: skip
        services.start_compute(self.bed.processes, self.host, "--config-file", str(more))

    def qemu_pid(self, name: str) -> int:
        """The process of a guest inside the bed; ``name`` is libvirt's, as ``instance-00000001``."""
        outcome = self.bed.control.run(["cat", f"/run/libvirt/qemu/{name}.pid"])
        if outcome.status:
            raise BedError(f"no guest {name} runs")
        return int(outcome.output)

    def kill_guest(self, name: str, number: int = signal.SIGKILL) -> float:
        """Signal a guest's QEMU; when that was, in seconds since 1970."""
        self.bed.control.run(["kill", f"-{int(number)}", str(self.qemu_pid(name))])
        return time.time()

    def _make_folders(self) -> None:
        for path in _FOLDERS:
            if not Path(path).is_dir():  # it stays, empty: a mount needs a folder below it
                Path(path).mkdir(parents=True)
            self.bed.control.mount(Path(path), 64)
        self.folder.mkdir()
        for name, text in _DAEMONS.items():
            log = f'log_outputs = "3:file:{self.bed.layout.log}/{name}.log"\n'
            (self.folder / f"{name}.conf").write_text(text.format(folder=self.folder) + log)
        (self.folder / "qemu.conf").write_text(_QEMU_CONF)
        self.bed.control.run(["cp", self.folder / "qemu.conf", "/etc/libvirt/qemu.conf"])
