"""The cloud's public API for a daemon on every compute node, where memory counts.

openstacksdk alone takes as much memory as the rest of such a daemon. It reads clouds.yaml and ``OS_*`` here
as for every client, but in a process that ends at once (``outboard.cloud_config``); requests are made with
keystoneauth1, the part of it that knows tokens and catalogue, in the documented form of the API.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import msgspec

from outboard.cloud import CloudError, CloudSection, kind_of, one_line
from outboard.errors import InputError

COMPUTE, INSTANCE_HA = "compute", "instance-ha"
# A server's extra specs since 2.47, services by uuid since 2.53, the last of nova 16.0.0 (Pike).
MICROVERSIONS = {COMPUTE: "2.53", INSTANCE_HA: "1.0"}
_CONFIG_SECONDS = 60.0


class Config(msgspec.Struct, frozen=True):
    """What of clouds.yaml a request needs."""

    auth_type: str
    auth: dict[str, Any]
    verify: bool | str | None = True
    cert: str | tuple[str, str] | None = None
    region: str | None = None
    interfaces: dict[str, str | list[str] | None] = {}
    endpoints: dict[str, str | None] = {}


class CloudApi:
    """Threads may share it: one token for all, a session each, as requests wants it."""

    def __init__(self, section: CloudSection) -> None:
        self._section = section
        self._config = _read_config(section)
        self._auth = _plugin(self._config)
        self._local = threading.local()

    def get(self, service: str, path: str, **params: str) -> Any:
        """The answer's body. Raises ``CloudError``."""
        return self._ask("GET", service, path, params=params)

    def post(self, service: str, path: str, body: Any) -> Any:
        """The answer's body; ``None`` when it has none. Raises ``CloudError``."""
        return self._ask("POST", service, path, json=body)

    def put(self, service: str, path: str, body: Any) -> Any:
        """The answer's body; ``None`` when it has none. Raises ``CloudError``."""
        return self._ask("PUT", service, path, json=body)

    def pages(self, service: str, path: str, name: str, **params: str) -> Iterator[Any]:
        """Every element of the list ``name``, page by page until one is empty or says no ``next``."""
        while True:
            answer = self.get(service, path, **params)
            yield from answer[name]
            links = answer.get(f"{name}_links") or ()
            if not answer[name] or not any(link.get("rel") == "next" for link in links):
                return
            params["marker"] = answer[name][-1]["id"]

    def _ask(self, method: str, service: str, path: str, **more: Any) -> Any:
        from keystoneauth1.exceptions import ClientException

        try:
            answer = self._session().request(
                path, method, auth=self._auth, microversion=MICROVERSIONS[service],
                endpoint_override=self._config.endpoints.get(service),
                endpoint_filter={
                    "service_type": service, "region_name": self._config.region,
                    "interface": self._config.interfaces.get(service),
                },
                headers={"Accept": "application/json"}, user_agent="outboard",
                # The asker has a plan for when to ask again; a client that retries would only hide it.
                connect_retries=0, status_code_retries=0, **more,
            )  # fmt: skip
            return answer.json() if answer.content else None
        except ClientException as error:
            raise CloudError(kind_of(getattr(error, "http_status", None)), one_line(error)) from error
        except ValueError as error:
            raise CloudError(kind_of(None), f"no JSON: {one_line(error)}") from error

    def _session(self) -> Any:
        known = getattr(self._local, "session", None)
        if known is None:
            from keystoneauth1.session import Session

            known = self._local.session = Session(
                verify=self._config.verify, cert=self._config.cert, timeout=self._section.timeout
            )
        return known


def _read_config(section: CloudSection) -> Config:
    done = subprocess.run(
        [sys.executable, "-m", "outboard.cloud_config"], input=msgspec.json.encode(section),
        capture_output=True, check=False, timeout=_CONFIG_SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise InputError(done.stderr.decode("utf-8", "replace").strip()[-500:], where="[cloud]")
    return msgspec.json.decode(done.stdout, type=Config)


def _plugin(config: Config) -> Any:
    try:
        from keystoneauth1.exceptions import ClientException
        from keystoneauth1.loading import get_plugin_loader
    except ImportError as error:
        raise InputError("keystoneauth1 is not installed", hint="install outboard[cloud]") from error
    try:
        return get_plugin_loader(config.auth_type).load_from_options(**config.auth)
    except ClientException as error:
        raise InputError(f"no way to log in: {one_line(error)}", where="[cloud]") from error
