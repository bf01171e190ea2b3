"""What orphanwatch asks of nova, all of it public API."""

from dataclasses import dataclass
from typing import Protocol

from outboard.cloud import CloudError, Kind
from outboard.cloud_api import COMPUTE, CloudApi

# A migration in any other state still has, or may get, a domain on two hosts.
_OVER = frozenset({"done", "completed", "confirmed", "reverted", "error", "failed", "cancelled", "finished"})
_MOVES = frozenset({"MIGRATING", "RESIZE", "VERIFY_RESIZE", "BUILD"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where nova has a server, and whether it is moving or may be."""

    host: str
    moving: bool


class Nova(Protocol):
    """Each raises ``CloudError``."""

    def has_host(self, host: str) -> bool:
        """Whether a nova-compute of that name is known."""

    def on_host(self, host: str) -> frozenset[str]:
        """The uuids of all servers there, of every project."""

    def place(self, uuid: str) -> Place | None:
        """Where it is; ``None``: nova knows no such server."""


class CloudNova:
    """Nova through its API, as a user who sees every project."""

    def __init__(self, cloud: CloudApi) -> None:
        self._cloud = cloud

    def has_host(self, host: str) -> bool:
        """One request."""
        return bool(self._cloud.get(COMPUTE, "/os-services", host=host, binary="nova-compute")["services"])

    def on_host(self, host: str) -> frozenset[str]:
        """One request a page."""
        servers = self._cloud.pages(COMPUTE, "/servers", "servers", all_tenants="1", host=host)
        return frozenset(server["id"] for server in servers)

    def place(self, uuid: str) -> Place | None:
        """Two requests."""
        try:
            server = self._cloud.get(COMPUTE, f"/servers/{uuid}")["server"]
        except CloudError as error:
            if error.kind is Kind.GONE:
                return None
            raise
        host = server.get("OS-EXT-SRV-ATTR:host") or ""
        if server.get("OS-EXT-STS:task_state") or server["status"] in _MOVES:
            return Place(host, moving=True)
        migrations = self._cloud.get(COMPUTE, "/os-migrations", instance_uuid=uuid)["migrations"]
        return Place(host, moving=any(each["status"] not in _OVER for each in migrations))
