"""What the load sends of a scene, byte by byte, with the tokens of its owners."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tests import running
from tests.benchmarks import scene
from tests.benchmarks.load import Template
from tests.benchmarks.scene import Line, Owners

Clients = list[list[Template]]


def puts(owners: Owners, turn: int) -> Clients:
    """Return a client for each owner, who moves each booking to and fro, with words."""
    clients: Clients = []
    for lines in owners:
        token = running.token(lines[0].owner)
        clients.append(
            [
                _put(line, token, {"service_start_time": _wire(line.at(turn, way))})
                for way in (0, 1)
                for line in lines
            ]
        )
    return clients


def messages(lines: Sequence[Line]) -> list[Template]:
    """Return what one client writes to each of `lines`, of one owner, in turn."""
    token = running.token(lines[0].owner)
    return [_put(line, token, {}) for line in lines]


def gets(owners: Owners) -> Clients:
    """Return a client for each owner, who reads each booking in turn."""
    return [
        [_get(line, running.token(line.owner)) for line in lines] for lines in owners
    ]


def histories(owners: Owners) -> Clients:
    """Return a client for each owner, who reads the history of each booking."""
    return [
        [_get(line, running.token(line.owner), "/history") for line in lines]
        for lines in owners
    ]


def hello(clients: int) -> Clients:
    request = b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n"
    return [[Template(request)] for _client in range(clients)]


def _put(line: Line, token: str, body: dict[str, object]) -> Template:
    content = msgspec.json.encode(body | {"message": {"text": scene.TEXT}})
    head = (
        f"{_head('PUT', line, token)}"
        "content-type: application/json\r\n"
        f"content-length: {len(content)}\r\n"
        "idempotency-key: "
    )
    return Template(head.encode(), b"\r\n\r\n" + content)


def _get(line: Line, token: str, under: str = "") -> Template:
    return Template(f"{_head('GET', line, token, under)}\r\n".encode())


def _head(method: str, line: Line, token: str, under: str = "") -> str:
    return (
        f"{method} /api/co/bookings/{line.id}{under} HTTP/1.1\r\n"
        "host: localhost\r\n"
        f"authorization: Bearer {token}\r\n"
    )


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
