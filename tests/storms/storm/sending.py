"""How one client sends: one connection to each process, and nothing is hidden.

A try that gets no answer in time, or none at all, is noted as such.
"""

import http.client
import itertools
import json
import math
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from adapters import clock
from tests.storms.storm.ledger import Ledger, Sent, Try

WAITS = 14.0  # seconds: longer than a process makes anybody wait
REFUSED = 0.1  # seconds of rest for whoever was not answered
PATIENCE = 60.0  # seconds after the storm in which a call must be answered
_PROBLEM = frozenset({"type", "title", "status", "detail", "code", "request_id"})
_FAILURE = 400


class Client:
    def __init__(self, addresses: Sequence[str], ledger: Ledger) -> None:
        self.addresses = addresses
        self._ledger = ledger
        self._open: dict[str, http.client.HTTPConnection] = {}

    def ask(self, sent: Sent, address: str, token: str) -> Try:
        """Send it once; what came back is among its tries before this returns."""
        one = self._begin(sent, address)
        try:
            self._send(sent, one, token)
            self._receive(one)
        except (OSError, http.client.HTTPException):
            self._forget(address)
            time.sleep(REFUSED)
        self._judge(sent, one)
        return one

    def insist(self, sent: Sent, token: str, over: threading.Event) -> Try:
        """Send it to one process after the other, until it is answered.

        When all is `over`, it still has some time for that.
        """
        addresses, ends = itertools.cycle(self.addresses), math.inf
        while True:
            one = self.ask(sent, next(addresses), token)
            if over.is_set() and ends == math.inf:
                ends = time.monotonic() + PATIENCE
            is_fault = one.status == http.client.INTERNAL_SERVER_ERROR
            if one.is_answered or is_fault or time.monotonic() > ends:
                return one
            time.sleep(0.1)

    def hang_up(self, sent: Sent, address: str, token: str) -> Try:
        """Send it, and go before there is an answer."""
        one = self._begin(sent, address)
        with suppress(OSError, http.client.HTTPException):
            self._send(sent, one, token)
        self._forget(address)
        return one

    def close(self) -> None:
        for address in list(self._open):
            self._forget(address)

    def _begin(self, sent: Sent, address: str) -> Try:
        one = Try(request_id=str(clock.new_id()), address=address)
        sent.tries.append(one)
        return one

    def _send(self, sent: Sent, one: Try, token: str) -> None:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": sent.content_type,
            "X-Request-Id": one.request_id,
        }
        if sent.key is not None:
            headers["Idempotency-Key"] = sent.key
        if sent.if_match is not None:
            headers["If-Match"] = sent.if_match
        if sent.body is None:
            body = None
        elif isinstance(sent.body, str | bytes):
            body = sent.body
        else:
            body = json.dumps(sent.body)
        self._to(one.address).request(sent.method, sent.path, body, headers)

    def _receive(self, one: Try) -> None:
        answer = self._to(one.address).getresponse()
        told = answer.read()
        one.etag = answer.getheader("ETag")
        one.status, one.body = answer.status, json.loads(told)
        if answer.getheader("Connection") == "close":
            self._forget(one.address)

    def _to(self, address: str) -> http.client.HTTPConnection:
        if address not in self._open:
            host = address.removeprefix("http://")
            self._open[address] = connection = http.client.HTTPConnection(
                host, timeout=WAITS
            )
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._open[address]

    def _forget(self, address: str) -> None:
        connection = self._open.pop(address, None)
        if connection is not None:
            connection.close()

    def _judge(self, sent: Sent, one: Try) -> None:
        """Blame what no weather excuses."""
        if one.status is None or one.body is None:
            return
        what = f"{sent.method} {sent.path} ({one.request_id})"
        if one.status == http.client.INTERNAL_SERVER_ERROR:
            self._ledger.blame(f"{what}: 500")
        if one.status >= _FAILURE and not one.body.keys() >= _PROBLEM:
            told = msgspec.json.encode(one.body).decode()
            self._ledger.blame(f"{what}: {one.status} without a problem: {told}")


def flood(address: str, token: str, times: int) -> int:
    """Ask so often at once on one connection; return how often it was too much."""
    host, _colon, port = address.removeprefix("http://").partition(":")
    lines = (
        f"GET {MINE} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "Connection: {kept}",
    )
    request = "\r\n".join((*lines, "", "")).format
    asked = request(kept="keep-alive") * (times - 1) + request(kept="close")
    told = b""
    with (
        suppress(OSError),
        socket.create_connection((host, int(port)), WAITS) as connection,
    ):
        connection.sendall(asked.encode())
        while piece := connection.recv(65536):
            told += piece
    return told.count(b'"code":"rate_limited"')


MINE = "/api/co/bookings?limit=1"
