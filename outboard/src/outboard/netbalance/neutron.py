"""The requests netbalance makes of neutron, all of them public API.

They go through openstacksdk's adapter (token, endpoint, errors) but not its resource classes: a list of
30,000 ports is decoded into the few fields that are needed, in a fiftieth of the time.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram

from outboard.cloud import Cloud, CloudError, Kind
from outboard.netbalance.model import Kind as Hosts
from outboard.netbalance.reading.rows import (
    DHCP_PORT,
    HA_PORT,
    ROUTER_PORTS,
    AgentRow,
    HostingRow,
    IdRow,
    NetworkRow,
    PortRow,
    RouterRow,
    SubnetRow,
)

T = TypeVar("T", bound=msgspec.Struct)

# A request line is kept under 8 KiB, which is what web servers take: 37 octets an id and its name.
_IDS_A_REQUEST = 100
_PAGES = 10_000  # a server that never ends a list is not believed
# The collection below an agent that says what it hosts, and the one below an item that says who hosts it.
_BELOW_AGENT = {Hosts.DHCP: ("dhcp-networks", "networks"), Hosts.L3: ("l3-routers", "routers")}
_BELOW_ITEM = {Hosts.DHCP: ("networks", "dhcp-agents"), Hosts.L3: ("routers", "l3-agents")}
_BODY = {Hosts.DHCP: "network_id", Hosts.L3: "router_id"}


class Neutron:
    """Each call raises ``CloudError``. Threads may share it.

    Reads are tried again ``retries`` times while neutron is away; a write is not: whether a lost one was
    done is for the asker to find out.
    """

    def __init__(
        self,
        cloud: Cloud,
        registry: CollectorRegistry,
        *,
        retries: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cloud = cloud
        self._retries = retries
        self._sleep = sleep
        self.requests = Counter(
            "outboard_netbalance_requests", "Requests to neutron", ["method", "result"], registry=registry
        )
        self._seconds = Histogram(
            "outboard_netbalance_request_seconds",
            "Until neutron answered",
            ["method"],
            buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
            registry=registry,
        )

    def asked(self) -> int:
        """How many requests were made."""
        samples = (sample for metric in self.requests.collect() for sample in metric.samples)
        return int(sum(sample.value for sample in samples if sample.name.endswith("_total")))

    def agents(self) -> list[AgentRow]:
        """All agents, of every kind."""
        return self._list("/agents", "agents", AgentRow)

    def networks(self) -> list[NetworkRow]:
        """All networks."""
        fields = (
            "id", "name", "provider:network_type", "provider:physical_network", "segments",
            "availability_zone_hints",
        )  # fmt: skip
        return self._list("/networks", "networks", NetworkRow, {"fields": fields})

    def subnets(self) -> list[SubnetRow]:
        """All subnets."""
        fields = ("id", "network_id", "enable_dhcp", "segment_id")
        return self._list("/subnets", "subnets", SubnetRow, {"fields": fields})

    def routers(self) -> list[RouterRow]:
        """All routers."""
        fields = ("id", "name", "ha", "distributed", "external_gateway_info", "availability_zone_hints")
        return self._list("/routers", "routers", RouterRow, {"fields": fields})

    def service_ports(self) -> list[PortRow]:
        """The ports of DHCP servers and routers, of all networks in one list."""
        return self._ports({"device_owner": (DHCP_PORT, *ROUTER_PORTS)})

    def dhcp_ports(self, networks: Sequence[str]) -> list[PortRow]:
        """The ports of the DHCP servers of these networks."""
        return self._ports_of("network_id", networks, DHCP_PORT)

    def ha_ports(self, routers: Sequence[str]) -> list[PortRow]:
        """The ports by which the replicas of these routers hear each other."""
        return self._ports_of("device_id", routers, HA_PORT)

    def hosted(self, kind: Hosts, agent: str) -> frozenset[str]:
        """The ids of what an agent hosts."""
        path, key = _BELOW_AGENT[kind]
        return frozenset(row.id for row in self._list(f"/agents/{agent}/{path}", key, IdRow))

    def hosting(self, kind: Hosts, item: str) -> list[HostingRow]:
        """The agents that host an item."""
        path, below = _BELOW_ITEM[kind]
        return self._list(f"/{path}/{item}/{below}", "agents", HostingRow)

    def add(self, kind: Hosts, agent: str, item: str) -> None:
        """Bind an item to an agent."""
        self._request("POST", f"/agents/{agent}/{_BELOW_AGENT[kind][0]}", json={_BODY[kind]: item})

    def remove(self, kind: Hosts, agent: str, item: str) -> None:
        """Unbind an item from an agent."""
        self._request("DELETE", f"/agents/{agent}/{_BELOW_AGENT[kind][0]}/{item}")

    def delete_port(self, port: str) -> None:
        """Delete a port."""
        self._request("DELETE", f"/ports/{port}")

    def _ports_of(self, key: str, values: Sequence[str], owner: str) -> list[PortRow]:
        found: list[PortRow] = []
        for start in range(0, len(values), _IDS_A_REQUEST):
            chunk = tuple(values[start : start + _IDS_A_REQUEST])
            found += self._ports({"device_owner": owner, key: chunk})
        return found

    def _ports(self, query: Mapping[str, Any]) -> list[PortRow]:
        fields = ("id", "network_id", "device_id", "device_owner", "status", "binding:host_id")
        return self._list("/ports", "ports", PortRow, {**query, "fields": fields})

    def _list(self, path: str, key: str, kind: type[T], query: Mapping[str, Any] | None = None) -> list[T]:
        """All of a list; where the server cuts it in pages, all of them."""
        rows: list[T] = []
        parameters: Any = query or {}
        for _ in range(_PAGES):
            page = self._read(path, parameters)
            try:
                whole = msgspec.json.decode(page, type=dict[str, msgspec.Raw])
                rows += msgspec.json.decode(whole[key], type=list[kind])  # type: ignore[valid-type]
                links = msgspec.json.decode(whole.get(f"{key}_links", b"[]"), type=list[dict[str, str]])
            except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
                raise CloudError(Kind.AWAY, f"GET {path}: not the answer neutron gives: {error}") from error
            following = [link["href"] for link in links if link.get("rel") == "next" and "href" in link]
            if not following:
                return rows
            parameters = parse_qsl(urlsplit(following[0]).query)
        raise CloudError(Kind.AWAY, f"GET {path}: more than {_PAGES} pages")

    def _read(self, path: str, parameters: Any) -> bytes:
        for attempt in range(self._retries + 1):
            try:
                return self._request("GET", path, params=parameters)
            except CloudError as error:
                if error.kind is not Kind.AWAY or attempt == self._retries:
                    raise
                self._sleep((0.5 + random.random()) * 2**attempt / 2)  # noqa: S311  # only to spread askers
        raise AssertionError  # the last attempt returns or raises

    def _request(self, method: str, path: str, **more: Any) -> bytes:
        from openstack.exceptions import raise_from_response

        began = time.monotonic()
        result = "failed"
        try:
            with self._cloud.asking() as connection:
                response = connection.network.request(path, method, **more)
                raise_from_response(response)
                result = "done"
                return bytes(response.content)
        except CloudError as error:
            result = error.kind.value
            raise CloudError(error.kind, f"{method} {path}: {error.what}") from error
        finally:
            self.requests.labels(method, result).inc()
            self._seconds.labels(method).observe(time.monotonic() - began)
