"""``python -m testbed.agents NEUTRON_CONF SOCKET INTERVAL``: run fake agents and do what the socket says.

Each line is a request in JSON, with ``op``: ``add``, ``remove``, ``silence``, ``revive``, ``delay``,
``reset``, ``status``.
"""

import json
import socketserver
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oslo_service import backend

from testbed.agents.spec import KINDS, HostSpec

if TYPE_CHECKING:
    from testbed.agents.fleet import Fleet


def main() -> None:
    """Serve until killed."""
    neutron_conf, socket, interval = sys.argv[1:]
    backend.init_backend(backend.BackendType.THREADING)
    # neutron chooses another backend when it is imported before that.
    from testbed.agents import rpc
    from testbed.agents.fleet import Fleet

    rpc.connect(neutron_conf)
    fleet = Fleet(float(interval))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                try:
                    said = {"answer": _answer(fleet, json.loads(line))}
                except (KeyError, TypeError, ValueError) as error:
                    said = {"error": f"{type(error).__name__}: {error}"}
                self.wfile.write(json.dumps(said).encode() + b"\n")

    fleet.start()
    Path(socket).unlink(missing_ok=True)
    with socketserver.ThreadingUnixStreamServer(socket, Handler) as server:
        server.daemon_threads = True
        server.serve_forever()


def _answer(fleet: "Fleet", request: Mapping[str, Any]) -> Any:
    op = request["op"]
    if op == "status":
        return list(fleet.status())
    if op == "add":
        return fleet.add(_spec(each) for each in request["hosts"])
    if op == "reset":
        return fleet.reset(_spec(each) for each in request["hosts"])
    if op == "remove":
        return fleet.remove(request["host"])
    agents = [agent for host in request["hosts"] for agent in fleet.of(host, request.get("kinds") or KINDS)]
    if op == "silence":
        return fleet.silence(agents, dark=request["dark"])
    if op == "revive":
        return fleet.revive(agents)
    if op == "delay":
        for agent in agents:
            agent.delay = request["seconds"]
        return None
    raise ValueError(f"no such request: {op}")


def _spec(fields: Mapping[str, Any]) -> HostSpec:
    tuples = {name: tuple(fields[name]) for name in ("kinds", "tunnel_types") if name in fields}
    return HostSpec(**{**fields, **tuples})


if __name__ == "__main__":
    main()
