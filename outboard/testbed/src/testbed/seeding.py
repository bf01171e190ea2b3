"""Many networks, subnets and routers, made quickly: neutron's bulk requests, several at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_BULK = 50  # things in one request; one of 500 holds a database transaction for a minute
_AT_ONCE = 4  # the API has eight threads on one core


def create_networks(network: Any, count: int, prefix: str = "net", **more: Any) -> list[str]:
    """``count`` networks with a DHCP subnet each; their ids. ``more`` are fields of a network."""
    ids = _bulk(network, "networks", [{"name": f"{prefix}-{number}", **more} for number in range(count)])
    subnets = [
        {"network_id": made, "ip_version": 4, "cidr": f"10.{number // 256 % 256}.{number % 256}.0/24"}
        for number, made in enumerate(ids)
    ]
    _bulk(network, "subnets", subnets)
    return ids


def create_routers(network: Any, subnets: Sequence[str], prefix: str = "router", **more: Any) -> list[str]:
    """A router on each subnet; their ids. ``more`` are fields of a router, such as ``ha``."""

    def create(numbered: tuple[int, str]) -> str:
        number, subnet = numbered
        router = _post(network, "/routers", {"router": {"name": f"{prefix}-{number}", **more}})["router"]
        answer = network.put(f"/routers/{router['id']}/add_router_interface", json={"subnet_id": subnet})
        answer.raise_for_status()
        return str(router["id"])

    return _several(create, list(enumerate(subnets)))


def _bulk(network: Any, kind: str, bodies: Sequence[Mapping[str, Any]]) -> list[str]:
    parts = [bodies[at : at + _BULK] for at in range(0, len(bodies), _BULK)]
    made = _several(lambda part: _post(network, f"/{kind}", {kind: part})[kind], parts)
    return [each["id"] for part in made for each in part]


def _post(network: Any, path: str, body: Mapping[str, Any]) -> Any:
    answer = network.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


def _several(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, items))
