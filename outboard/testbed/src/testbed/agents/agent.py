"""What the three kinds of agent share: what they report, whether they are silent, and their turn to work."""

import threading
import time
from collections.abc import Mapping
from typing import Any

from testbed.agents.rpc import NO_REPLY
from testbed.agents.spec import HostSpec


class Agent:
    """One fake agent. Messages only note what is to be done; ``work`` does it, in one thread at a time."""

    kind = ""
    agent_type = ""
    binary = ""
    topic = "N/A"

    def __init__(self, spec: HostSpec) -> None:
        self.spec = spec
        self.host = spec.name
        self.silent = False  # the process is dead, what it set up lives on
        self.dark = False  # the host is dead: nothing of it forwards
        self.fresh = True  # the next report is the first one of this process
        self.delay = 0.0  # seconds that each network or router takes
        self.turn = threading.Lock()
        self.pending = threading.Lock()
        self.synced = False

    def report(self) -> dict[str, Any]:
        """What ``report_state`` carries."""
        return {
            "agent_type": self.agent_type, "binary": self.binary, "host": self.host, "topic": self.topic,
            "configurations": self.configurations(), "start_flag": self.fresh,
        }  # fmt: skip

    def configurations(self) -> dict[str, Any]:
        """What the API shows as the agent's configurations."""
        raise NotImplementedError

    def receive(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """A message from the server. A silent agent does not read it, and asks for all when it returns."""
        if self.silent:
            return NO_REPLY
        with self.pending:
            self.note(method, arguments)
        return None

    def note(self, method: str, arguments: Mapping[str, Any]) -> None:
        """Remember what is to be done."""
        raise NotImplementedError

    def has_work(self) -> bool:
        """Whether ``work`` would do anything."""
        raise NotImplementedError

    def work(self) -> None:
        """Do some of what is to be done."""
        raise NotImplementedError

    def forget(self) -> None:
        """The host is dead: nothing that was set up is there any more."""

    def hosted(self) -> list[str]:
        """Ids of what it has set up."""
        return []

    def take_time(self, items: int = 1) -> None:
        """As long as a real agent would take, where somebody asked for that."""
        if self.delay:
            time.sleep(self.delay * items)
