"""What is shipped for deployment fits what is there: settings, units, manifests, dashboard."""

import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import msgspec
import pytest
import yaml
from outboard.cli._service import TABLES
from outboard.cloud import CloudSection
from outboard.corpus import FakeHost
from outboard.cpulat import CpuLat, CpuLatSection
from outboard.crashwatch import CrashWatchSection
from outboard.crashwatch.metrics import WatchMetrics
from outboard.hostguard import HostGuardSection
from outboard.hostguard.metrics import GuardMetrics
from outboard.irqpin import IrqPin, IrqPinSection
from outboard.irqpin.balancer import Balancer
from outboard.leader import LeaderSection
from outboard.ledger import Ledger
from outboard.metrics import ControllerMetrics, Metrics
from outboard.netbalance.moving.mover import Mover
from outboard.netbalance.neutron import Neutron
from outboard.netbalance.service import NetBalance
from outboard.netbalance.settings import NetBalanceSection
from outboard.orphanwatch import OrphanWatch, OrphanWatchSection
from outboard.settings import HostSection, LogSection, Settings

from outboard import __version__

_DEPLOY = Path(__file__).parents[1] / "deploy"
_SECTIONS = {
    "host": HostSection, "log": LogSection, "cloud": CloudSection, "irqpin": IrqPinSection,
    "cpulat": CpuLatSection, "crashwatch": CrashWatchSection, "orphanwatch": OrphanWatchSection,
    "leader": LeaderSection, "hostguard": HostGuardSection, "netbalance": NetBalanceSection,
}  # fmt: skip
_COMMON = frozenset({"host", "log", "cloud", "leader"})
_CONTROLLERS = ("hostguard", "netbalance")  # on controllers, not on every compute node
# What each may write: by its unit, and beside run_dir by its manifest.
_WRITES = {
    "irqpin": ("/proc/irq", {"/host/proc/irq"}),
    "cpulat": ("/sys/devices/system/cpu", {"/host/sys/devices/system/cpu"}),
    "crashwatch": (None, {"/var/lib/outboard"}),
    "orphanwatch": (None, set()),
    "exits": (None, set()),
}


def _services() -> list[str]:
    return sorted(TABLES - _COMMON - set(_CONTROLLERS))


def _units() -> list[str]:
    """Those of a compute node; ``exits`` reads crashwatch's settings and runs beside it."""
    return [*_services(), "exits"]


def _unit(service: str) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(_DEPLOY / f"systemd/outboard-{service}.service")
    section = unit["Service"]
    assert section["Type"] == "notify"
    assert section["CapabilityBoundingSet"] == ""
    assert section["ProtectSystem"] == "strict"
    return section


def test_the_example_settings_are_all_settings_with_their_defaults() -> None:
    tables = tomllib.loads((_DEPLOY / "outboard.toml").read_text())
    assert tables.keys() == TABLES == _SECTIONS.keys()
    for name, kind in _SECTIONS.items():
        assert tables[name].keys() == {field.name for field in msgspec.structs.fields(kind)}
        assert Settings(tables).section(name, kind) == kind()


@pytest.mark.parametrize("service", _units())
def test_every_service_has_a_unit_with_the_least_rights(service: str) -> None:
    section = _unit(service)
    assert section["ExecStart"].split() == ["/usr/bin/outboard", service]
    assert section.get("ReadWritePaths") == _WRITES[service][0]


@pytest.mark.parametrize("service", _CONTROLLERS)
def test_every_controller_service_has_a_unit_without_root(service: str) -> None:
    section = _unit(service)
    assert section["ExecStart"].split() == ["/usr/bin/outboard", service, "run"]
    assert (section["User"], section["StateDirectory"]) == ("outboard", "outboard")


@pytest.mark.parametrize("service", _CONTROLLERS)
def test_every_controller_service_has_a_manifest_without_root(service: str) -> None:
    settings, *_, stateful = yaml.safe_load_all((_DEPLOY / f"kubernetes/{service}.yaml").read_text())
    tables = tomllib.loads(settings["data"]["outboard.toml"])
    assert tables.keys() <= TABLES
    Settings(tables).section(service, _SECTIONS[service])
    assert Settings(tables).section("leader", LeaderSection).url  # the replicas share no file
    pod = stateful["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == f"outboard:{__version__}"
    assert container["command"][:3] == ["outboard", service, "run"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    security = container["securityContext"]
    assert (security["privileged"], security["capabilities"]) == (False, {"drop": ["ALL"]})
    volumes = {each["name"] for each in pod["volumes"]}
    volumes |= {each["metadata"]["name"] for each in stateful["spec"]["volumeClaimTemplates"]}
    assert {each["name"] for each in container["volumeMounts"]} == volumes


@pytest.mark.parametrize("service", _units())
def test_systemd_itself_finds_the_unit_right_and_its_rights_few(service: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / f"outboard-{service}.service"
    text = (_DEPLOY / "systemd" / unit.name).read_text()
    unit.write_text(text.replace("/usr/bin/outboard", sys.executable))  # it looks whether that is there
    for command in (["verify", str(unit)], ["security", "--offline=true", "--threshold=25", str(unit)]):
        done = subprocess.run(["systemd-analyze", *command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert command[0] == "security" or not done.stderr


@pytest.mark.parametrize("service", _services())
def test_kubernetes_finds_the_manifest_right(service: str) -> None:
    for document in yaml.safe_load_all((_DEPLOY / f"kubernetes/{service}.yaml").read_text()):
        kubernetes_validate.validate(document, "1.30", strict=True)


@pytest.mark.parametrize("service", _services())
def test_every_service_has_a_manifest_that_mounts_what_its_settings_name(service: str) -> None:
    settings, daemon_set = yaml.safe_load_all((_DEPLOY / f"kubernetes/{service}.yaml").read_text())
    tables = tomllib.loads(settings["data"]["outboard.toml"])
    assert tables.keys() <= TABLES
    host = Settings(tables).section("host", HostSection)
    Settings(tables).section(service, _SECTIONS[service])
    pod = daemon_set["spec"]["template"]["spec"]
    used = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
    assert used == {each["name"] for each in pod["volumes"]}
    named = [container["command"][1] for container in pod["containers"]]
    assert named == [service, "exits"] if service == "crashwatch" else [service]
    for name, container in zip(named, pod["containers"], strict=True):
        mounts = {each["mountPath"]: each for each in container["volumeMounts"]}
        assert {host.run_dir, "/run/libvirt"} <= mounts.keys()
        assert {path for path in (host.sysfs, host.procfs) if path not in ("/sys", "/proc")} <= mounts.keys()
        assert container["image"] == f"outboard:{__version__}"
        security = container["securityContext"]
        assert (security["privileged"], security["capabilities"]) == (False, {"drop": ["ALL"]})
        writable = {path for path, each in mounts.items() if not each.get("readOnly")}
        assert writable - {host.run_dir} == _WRITES[name][1]


def test_the_dashboards_ask_for_metrics_that_are_there_and_for_all_of_ours(
    fake: FakeHost, tmp_path: Path
) -> None:
    boards: list[dict[str, Any]] = [json.loads(p.read_text()) for p in (_DEPLOY / "grafana").glob("*.json")]
    panels = [panel for board in boards for panel in board["panels"]]
    asked = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    metrics = Metrics("x", "0")
    balancer = Balancer(fake.host, tmp_path, "ban")
    IrqPin(fake.host, Ledger(None), IrqPinSection(), balancer, metrics.registry)
    CpuLat(fake.host, Ledger(None), CpuLatSection(), metrics.registry)
    WatchMetrics(metrics.registry)
    section = OrphanWatchSection()
    OrphanWatch(None, None, "h", section, None, metrics.registry)  # type: ignore[arg-type]
    controller = ControllerMetrics("x", "0")
    GuardMetrics(controller.registry)
    balance = NetBalanceSection()
    Neutron(None, controller.registry)  # type: ignore[arg-type]
    Mover(None, None, None, balance, controller.registry, require=lambda: None)  # type: ignore[arg-type]
    NetBalance(None, None, None, balance, controller.registry)  # type: ignore[arg-type]
    there = {
        each.name + {"counter": "_total", "histogram": "_bucket"}.get(each.type, "")
        for registry in (metrics.registry, controller.registry)
        for each in registry.collect()
    }
    names = set(re.findall(r"\b(?:outboard|process)_\w+", asked))
    assert names <= there
    assert {name for name in there if name.startswith("outboard")} <= names
