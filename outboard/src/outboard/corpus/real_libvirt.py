"""A real libvirtd and virtlogd on folders of their own, and the daemon under test as a real process.

libvirt's paths are fixed when it is built, so it gets a mount namespace in which those are empty. Needs
root, Debian's packages libvirt-daemon-system and qemu-system-x86, and no systemd.
"""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_FOLDERS = ("/etc/libvirt", "/var/lib/libvirt", "/run/libvirt", "/var/log/libvirt", "/var/cache/libvirt")
_QEMU_CONF = """\
user = "root"
group = "root"
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
"""
_LIBVIRTD_CONF = """\
unix_sock_dir = "{folder}"
auth_unix_rw = "none"
auth_unix_ro = "none"
log_outputs = "3:file:{folder}/libvirtd.log"
"""


def missing() -> str | None:
    """Why there can be none here."""
    if os.geteuid() != 0:
        return "a libvirtd of our own needs root for its mount namespace"
    for path in ("/usr/sbin/libvirtd", "/usr/sbin/virtlogd", "/usr/bin/qemu-system-x86_64"):
        if not Path(path).exists():
            return f"{path} is not installed (libvirt-daemon-system, qemu-system-x86)"
    try:
        import libvirt  # noqa: F401
    except ImportError:
        return "libvirt's Python binding is not installed (libvirt-dev, then make again)"
    return None


def wait_for(what: Callable[[], Any], seconds: float = 60.0, every: float = 0.02) -> Any:
    """The first true answer of ``what``; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
    return answer


class RealLibvirt:
    """Daemons that can be killed and started again while their guests live on.

    With a ``hostname`` of its own it takes no other one for itself, so guests can be migrated to it.
    """

    def __init__(self, folder: Path, hostname: str = "") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        mounts = "; ".join(f"mkdir -p {each} && mount -t tmpfs none {each}" for each in _FOLDERS)
        write = f"printf %s '{_QEMU_CONF}' > /etc/libvirt/qemu.conf"
        named = f"hostname {shlex.quote(hostname)}; " if hostname else ""
        script = f"{named}{mounts}; {write}; exec {shlex.quote(sys.executable)} -m outboard.corpus.reaper"
        self._reaper = subprocess.Popen(
            ["unshare", "--mount", *(("--uts",) if hostname else ()), "sh", "-ec", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        if self._said() != "ready":
            raise RuntimeError("no mount namespace of our own")
        conf = _LIBVIRTD_CONF.format(folder=folder)
        (folder / "libvirtd.conf").write_text(f'{conf}host_uuid = "{uuid.uuid4()}"\n' if hostname else conf)
        (folder / "virtlogd.conf").write_text(f'log_outputs = "3:file:{folder}/virtlogd.log"\n')
        self._logd = self._run_daemon("virtlogd")
        self._daemon = 0
        self.start()

    def uri(self, driver: str = "qemu", *, read_only: bool = False) -> str:
        """Of the driver ``qemu``, or of ``test``: the driver for volume, inside this libvirtd."""
        path = "default" if driver == "test" else "system"
        return f"{driver}+unix:///{path}?socket={self.folder}/libvirt-sock{'-ro' if read_only else ''}"

    def start(self) -> None:
        """Start libvirtd; it answers when this returns."""
        import libvirt

        libvirt.registerErrorHandler(lambda *_: None, None)
        self._daemon = self._run_daemon("libvirtd")

        def answers() -> bool:
            try:
                libvirt.open(self.uri()).close()
            except libvirt.libvirtError:
                return False
            return True

        wait_for(answers)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End libvirtd; guests live on."""
        os.kill(self._daemon, number)
        wait_for(lambda: not Path(f"/proc/{self._daemon}").exists())

    def qemu_pid(self, name: str) -> int:
        """The process of a guest."""
        return int((self.qemu_runs / f"{name}.pid").read_text())

    def quit_qemu(self, name: str) -> None:
        """End a guest's QEMU over its monitor, without a word in its log; libvirtd has to be down."""
        root = Path(f"/proc/{self._reaper.pid}/root/var/lib/libvirt/qemu")
        (path,) = root.glob(f"domain-*-{name}/monitor.sock")
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(path))
            monitor.sendall(b'{"execute": "qmp_capabilities"}{"execute": "quit"}')
            while monitor.recv(4096):
                continue

    @property
    def qemu_logs(self) -> Path:
        """Where this libvirt writes the logs of its guests."""
        return Path(f"/proc/{self._reaper.pid}/root/var/log/libvirt/qemu")

    def close(self) -> None:
        """End everything: guests first."""
        guests = [int(path.read_text()) for path in self.qemu_runs.glob("*.pid")]
        for pid in (*guests, self._daemon, self._logd):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._reaper.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def qemu_runs(self) -> Path:
        """Where this libvirt keeps the process ids of its guests, and its own."""
        return Path(f"/proc/{self._reaper.pid}/root/run/libvirt/qemu")

    def _run_daemon(self, name: str) -> int:
        # Its usual file with the process id is in /run itself, which others share.
        return self._run(f"/usr/sbin/{name} -f {self.folder}/{name}.conf -p {self.folder}/{name}.pid")

    def _run(self, command: str) -> int:
        assert self._reaper.stdin is not None  # noqa: S101  # a pipe, for the type checker
        self._reaper.stdin.write(command + "\n")
        self._reaper.stdin.flush()
        return int(self._said())

    def _said(self) -> str:
        assert self._reaper.stdout is not None  # noqa: S101
        return self._reaper.stdout.readline().strip()


def qemu_xml(number: int, *, pins: dict[int, int] | None = None, vcpus: int = 1, flavor: str = "rt") -> str:
    """A guest of 64 MB without a disk that lives until it is ended."""
    tune = "".join(f"<vcpupin vcpu='{vcpu}' cpuset='{cpu}'/>" for vcpu, cpu in (pins or {}).items())
    return f"""<domain type='qemu'><name>instance-{number:08x}</name>
<uuid>{number:08x}-1111-4111-8111-111111111111</uuid>
<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
<nova:flavor name='{flavor}'/></nova:instance></metadata>
<memory unit='MiB'>64</memory><vcpu>{vcpus}</vcpu><cputune>{tune}</cputune>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/></devices></domain>"""


def off_xml(number: int, image: Path) -> str:
    """A guest that switches itself off: the boot sector on ``image`` writes to the ACPI power port."""
    return _booting(number, image, bytes.fromhex("ba0406b80020effaf4"))


def panic_xml(number: int, image: Path) -> str:
    """A guest that panics as soon as it boots, which ends it: its boot sector writes to the pvpanic port."""
    text = _booting(number, image, bytes.fromhex("ba0505b001eefaf4"))
    text = text.replace("<devices>", "<on_crash>destroy</on_crash><devices>")
    return text.replace("<memballoon", "<panic model='isa'/><memballoon")


def _booting(number: int, image: Path, code: bytes) -> str:
    image.write_bytes(code.ljust(510, b"\0") + b"\x55\xaa" + bytes(1024 * 512))
    disk = f"<disk type='file'><driver name='qemu' type='raw'/><source file='{image}'/>"
    disk += "<target dev='vda' bus='virtio'/></disk>"
    text = qemu_xml(number).replace("<memballoon", f"{disk}<memballoon")
    return text.replace("<devices>", "<features><acpi/></features><devices>")


class Daemon:
    """``outboard SERVICE`` as a process, with settings that point at a host made of files."""

    def __init__(self, service: str, config: Path, log: Path, *, prefix: tuple[str, ...] = ()) -> None:
        self.log = log
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "outboard", service, "--config", str(config)], stderr=stream
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal it and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def says(self, text: str) -> bool:
        """Whether it has logged ``text``."""
        return text in self.log.read_text()

    def holds(self, what: str) -> int:
        """How many of its handles are of that kind, see ``handles``."""
        return handles(self.process.pid, what)


def handles(pid: int, what: str) -> int:
    """How many handles of a process are of that kind, by the name the kernel gives them."""
    found = 0
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found += what in str(path.readlink())
    return found


@contextmanager
def running(service: str, config: Path, log: Path, *, wait: bool = True) -> Iterator[Daemon]:
    """The daemon for as long as the block lasts, connected to libvirt where ``wait`` says so."""
    daemon = Daemon(service, config, log)
    try:
        if wait:
            wait_for(lambda: daemon.says("connected to libvirt"))
        yield daemon
    finally:
        daemon.stop(signal.SIGKILL)
