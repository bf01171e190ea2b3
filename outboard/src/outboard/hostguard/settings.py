"""``[hostguard]`` of the settings."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from outboard.hostguard.model import Policy
from outboard.settings import Seconds, ServiceSection, listen_address

Command = tuple[str, ...]  # a program and its arguments, run without a shell; {host} is replaced in each


class HostGuardSection(ServiceSection, frozen=True):
    """Where wishes come from, what opens a host, how it is emptied, who is told."""

    audit_interval: Seconds = 5.0  # between two looks at all hosts

    # Where wishes come from: a file, and statements over HTTP or of `outboard hostguard set`.
    desired: str = ""  # TOML; docs/outboard-hostguard.md has its form
    listen: str = ""  # ADDRESS:PORT of the HTTP server; empty: none
    token_file: str = ""  # its first line is the bearer token callers need, and `set` sends
    urls: tuple[str, ...] = ()  # for `set` on another machine: the servers, asked in turn for the leader

    # What opens a host.
    network: bool = True  # false: a cloud without neutron agents
    agents: tuple[str, ...] = ()  # types every host needs, as `openstack network agent list` names them
    new_agents: bool = False  # neutron's enable_new_agents is False: agents of a new host are raised
    new_reasons: tuple[str, ...] = Policy().new_reasons  # nova's words for a service nobody disabled
    gate_command: Command = ()  # exit code 0 opens, its last line says why not
    gate_timeout: Seconds = 30.0

    # How a host is emptied.
    agents_down: tuple[str, ...] = ("DHCP agent", "L3 agent")  # types that go down with their host
    drain_command: Command = ("outboard", "netbalance", "drain", "{host}", "--json")  # empty: none
    tell_command: Command = ("outboard", "netbalance", "tell", "{host}", "{state}")  # failed, returned
    drain_timeout: Seconds = 600.0
    migrate: Literal["leave", "wait", "live"] = "leave"  # guests of a drained host: stay; stay, and it is
    # drained only without them; are live-migrated
    parallel: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2  # guests that move from a host at a time
    tries: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3  # for one guest

    # A failed host.
    fence_command: Command = ()  # exit code 0: the host is off; empty: `set HOST failed --fenced` says so
    fence_timeout: Seconds = 30.0
    evacuate: Literal["none", "nova", "masakari"] = "none"

    confirm_after: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 30.0  # between both looks before deleting
    retry: Seconds = 15.0  # before a command is run again whose answer was no

    # Who is told of states and alarms.
    events: str = ""  # file that gets each event as a line of JSON, or "-": the standard output
    webhook: str = ""  # URL that gets each event as JSON
    webhook_token_file: str = ""  # its first line is sent as bearer token

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.listen:
            listen_address(self.listen)
            if not self.token_file:
                raise ValueError("listen needs token_file: whoever may ask can empty hosts")
        for name, urls in (("webhook", (self.webhook,)), ("urls", self.urls)):
            for url in filter(None, urls):
                if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                    raise ValueError(f"{name} has no http or https URL: {url!r}")

    def policy(self) -> Policy:
        """What of it decides."""
        return Policy(
            agents=self.agents, agents_down=frozenset(self.agents_down), new_reasons=self.new_reasons,
            new_agents=self.new_agents, network=self.network, script=bool(self.gate_command),
            migrate=self.migrate == "live", wait_guests=self.migrate == "wait", evacuate=self.evacuate,
            parallel=self.parallel, tries=self.tries,
        )  # fmt: skip
