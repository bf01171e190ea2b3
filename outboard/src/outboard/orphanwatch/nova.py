"""What orphanwatch asks of nova, all of it public API."""

from dataclasses import dataclass
from typing import Protocol

from outboard.cloud import Cloud, CloudError, Kind

# A migration in any other state still has, or may get, a domain on two hosts.
_OVER = frozenset({"done", "completed", "confirmed", "reverted", "error", "failed", "cancelled", "finished"})


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
    """Nova through openstacksdk, as a user who sees every project."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def has_host(self, host: str) -> bool:
        """One request."""
        with self._cloud.asking() as connection:
            return any(connection.compute.services(host=host, binary="nova-compute"))

    def on_host(self, host: str) -> frozenset[str]:
        """One request a page."""
        with self._cloud.asking() as connection:
            servers = connection.compute.servers(details=False, all_projects=True, host=host)
            return frozenset(server.id for server in servers)

    def place(self, uuid: str) -> Place | None:
        """Two requests."""
        try:
            with self._cloud.asking() as connection:
                server = connection.compute.get_server(uuid)
                if server.task_state or server.status in ("MIGRATING", "RESIZE", "VERIFY_RESIZE", "BUILD"):
                    return Place(server.compute_host or "", moving=True)
                moves = connection.compute.migrations(instance_uuid=uuid)
                moving = any(move.status not in _OVER for move in moves)
                return Place(server.compute_host or "", moving)
        except CloudError as error:
            if error.kind is Kind.GONE:
                return None
            raise
