"""Read libvirt's domain XML. The guest's owner chose some of its text: it is taken as hostile."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from outboard.cpus import MOST_CPUS, parse_cpus
from outboard.domain.model import Cell, Device, DeviceKind, Domain, Nova
from outboard.errors import InputError

# nova's namespace ends with the version of its format; what we read has been the same since 1.0.
_NOVA = re.compile(r"\{http://openstack\.org/xmlns/libvirt/nova/[^}]*\}instance")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# IFNAMSIZ is 16 with the end; the kernel forbids "/", blanks and the names of folders.
_NETDEV = re.compile(r"(?!\.\.?$)[^/\s:]{1,15}")
_VDPA = re.compile(r"/dev/vhost-vdpa-[0-9]{1,6}")


def parse_domain(text: str) -> Domain:
    """The guest that ``text`` describes. Raises ``InputError`` when it lacks what every guest has."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"domain XML is broken: {error}") from error
    if root.tag != "domain":
        raise InputError(f"domain XML is none: it begins with <{root.tag}>")
    uuid = (root.findtext("uuid") or "").strip().lower()
    if not _UUID.fullmatch(uuid):
        raise InputError("domain XML has no uuid")
    try:
        vcpus = int(root.findtext("vcpu") or "")
    except ValueError as error:
        raise InputError("domain XML has no number of vCPUs", where=uuid) from error
    if not 0 < vcpus <= MOST_CPUS:
        raise InputError(f"domain XML has {vcpus} vCPUs", where=uuid)
    try:
        return Domain(
            uuid=uuid,
            name=root.findtext("name") or "",
            vcpus=vcpus,
            pins=_pins(root, vcpus),
            cells=tuple(_cells(root)),
            devices=tuple(_devices(root)),
            nova=_nova(root),
        )
    except InputError as error:
        raise InputError(error.what, where=uuid, hint=error.hint) from error


def _number(element: Any, key: str) -> int:
    text = element.get(key, "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError(f"<{element.tag} {key}={text[:20]!r}> is no number")
    return int(text)


def _pins(root: Any, vcpus: int) -> dict[int, frozenset[int]]:
    pins = {}
    for pin in root.iterfind("cputune/vcpupin"):
        vcpu = _number(pin, "vcpu")
        if vcpu < vcpus:  # libvirt keeps lists of vCPUs beyond the maximum when that was lowered
            pins[vcpu] = parse_cpus(pin.get("cpuset", ""))
    return pins


def _cells(root: Any) -> Iterator[Cell]:
    nodes = {
        _number(memory, "cellid"): parse_cpus(memory.get("nodeset", ""))
        for memory in root.iterfind("numatune/memnode")
    }
    for index, cell in enumerate(root.iterfind("cpu/numa/cell")):
        number = _number(cell, "id") if cell.get("id") is not None else index
        yield Cell(number, parse_cpus(cell.get("cpus", "")), nodes.get(number, frozenset()))


def _devices(root: Any) -> Iterator[Device]:
    for hostdev in root.iterfind("devices/hostdev[@type='pci']"):
        yield Device(DeviceKind.HOSTDEV, address=_pci_address(hostdev.find("source/address")))
    for interface in root.iterfind("devices/interface"):
        kind = interface.get("type")
        source = interface.find("source")
        if source is None:
            continue
        name = source.get("dev", "")
        if kind == "hostdev" and source.find("address[@type='pci']") is not None:
            yield Device(DeviceKind.INTERFACE, address=_pci_address(source.find("address")))
        elif kind == "direct" and source.get("mode") == "passthrough" and _NETDEV.fullmatch(name):
            yield Device(DeviceKind.DIRECT, source=name)
        elif kind == "vdpa" and _VDPA.fullmatch(name):
            yield Device(DeviceKind.VDPA, source=name)


def _pci_address(element: Any) -> str:
    """As the kernel names it: ``0000:81:10.1``."""
    if element is None:
        raise InputError("a PCI device has no address")
    parts = []
    for key, most in (("domain", 0xFFFFFFFF), ("bus", 0xFF), ("slot", 0x1F), ("function", 0x7)):
        try:
            number = int(element.get(key, ""), 0)  # libvirt writes 0x81
        except ValueError as error:
            raise InputError(f"a PCI address without {key}") from error
        if not 0 <= number <= most:
            raise InputError(f"a PCI address with {key} {number}")
        parts.append(number)
    return "{:04x}:{:02x}:{:02x}.{:x}".format(*parts)


def _nova(root: Any) -> Nova | None:
    for element in root.iterfind("metadata/*"):
        # An instruction in the metadata has no name to compare.
        if isinstance(element.tag, str) and _NOVA.fullmatch(element.tag):
            specs = element.find("{*}flavor/{*}extraSpecs")
            properties = element.find("{*}image/{*}properties")
            flavor = element.find("{*}flavor")
            return Nova(
                name=element.findtext("{*}name") or "",
                flavor="" if flavor is None else flavor.get("name", ""),
                extra_specs=_texts(specs),
                image_properties=_texts(properties),
                tells_extra_specs=specs is not None,
            )
    return None


def _texts(parent: Any) -> dict[str, str]:
    if parent is None:
        return {}
    return {child.get("name", ""): child.text or "" for child in parent.iterfind("{*}*") if child.get("name")}
