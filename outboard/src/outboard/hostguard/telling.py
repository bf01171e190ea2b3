"""`outboard hostguard set` from another machine: each instance is asked until the leader takes it."""

from collections.abc import Sequence

import msgspec

from outboard.errors import InputError
from outboard.hostguard.model import Wish


def tell(urls: Sequence[str], token: str, host: str, wish: Wish | None, *, timeout: float = 10.0) -> bool:
    """Whether it changed anything. Raises ``InputError`` when no instance took it."""
    import requests

    why = []
    for url in urls:
        address = f"{url.rstrip('/')}/v1/hosts/{host}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = requests.request(
                "DELETE" if wish is None else "PUT", address, headers=headers, timeout=timeout,
                data=None if wish is None else msgspec.json.encode(wish), allow_redirects=False,
            )  # fmt: skip
            if answer.status_code == 202:
                return bool(answer.json().get("changed"))
            why.append(f"{url} answers {answer.status_code}: {answer.text[:200]}")
        except (requests.RequestException, ValueError) as error:
            why.append(f"{url}: {error}")
    raise InputError(f"no instance took it: {'; '.join(why)}")
