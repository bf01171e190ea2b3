"""Who is told of a crash: the sinks of all services, and masakari."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from outboard.cloud import CloudError
from outboard.cloud_api import INSTANCE_HA, CloudApi
from outboard.crashwatch.settings import CrashWatchSection
from outboard.errors import InputError
from outboard.exits.qemu_log import seconds
from outboard.sinks import JsonLines, Sink, SinkError, Webhook


class Masakari:
    """The notification masakari's own instance monitor sends, which makes it recover the guest."""

    name = "masakari"

    def __init__(self, cloud: CloudApi, takes: frozenset[str]) -> None:
        self._cloud = cloud
        self.takes: frozenset[str] | None = takes

    def send(self, event: Mapping[str, Any]) -> None:
        """It refuses a second crash of a guest within 180 s as a duplicate (409): then it is sent later."""
        try:
            when = datetime.fromtimestamp(seconds(event["ended"]), UTC).replace(tzinfo=None)
            notification = {
                "type": "VM",
                "hostname": event["host"],
                "generated_time": when.isoformat(timespec="microseconds"),
                "payload": {
                    "event": "LIFECYCLE",
                    "instance_uuid": event["guest"],
                    "vir_domain_event": "STOPPED_FAILED",
                },
            }
            self._cloud.post(INSTANCE_HA, "/notifications", {"notification": notification})
        except (CloudError, ValueError) as error:
            raise SinkError(str(error), where="masakari") from error


def make_sinks(section: CrashWatchSection, cloud: CloudApi | None) -> tuple[Sink, ...]:
    """Those the settings name. Raises ``InputError``."""
    sinks: list[Sink] = []
    if section.events:
        sinks.append(JsonLines(section.events))
    if section.webhook:
        sinks.append(Webhook(section.webhook, section.webhook_token_file))
    if section.masakari:
        if cloud is None:
            raise InputError("masakari = true needs [cloud] name", where="[crashwatch]")
        acted_on = {"crash", "unknown"} if section.unknown == "recover" else {"crash"}
        sinks.append(Masakari(cloud, frozenset(acted_on)))
    return tuple(sinks)
