"""A client of many connections that costs little, so that it is not what is measured.

Any answer but 200 ends it. Closed loop: each connection sends when it was answered.
Open loop: requests are due at a fixed rate, and latency counts from when one was due.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle

import msgspec

from tests.benchmarks import working

OK = b"200"
PATIENCE = 30.0  # seconds without any answer


class Template(msgspec.Struct, frozen=True, array_like=True):
    """A request as bytes; with `after`, a running number of 12 digits comes between."""

    before: bytes
    after: bytes | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`clients` have each what they send, over and over; `rate` opens the loop.

    It lasts `seconds`, or until `most` requests are sent. Numbers begin with `first`.
    """

    port: int
    clients: Sequence[Sequence[Template]]
    seconds: float
    first: int = 0
    most: int = 2**62
    rate: float | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All was answered within `seconds`; latencies are seconds, of an open loop."""

    answered: int
    seconds: float
    cpu: float
    latencies: dict[str, float] = {}


class Unexpected(Exception):
    """An answer that is not 200."""


class Client:
    """One connection: one request at a time."""

    def __init__(self, port: int, templates: Sequence[Template]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._templates = cycle(templates)
        self._came = b""

    def send(self, number: int) -> None:
        one = next(self._templates)
        if one.after is None:
            self.socket.sendall(one.before)
        else:
            self.socket.sendall(b"%b%012d%b" % (one.before, number, one.after))

    def is_answered(self) -> bool:
        """Take what came, and say whether the answer is whole."""
        data = self._came + self.socket.recv(65536)
        head = data.find(b"\r\n\r\n")
        length = data.find(b"content-length: ", 0, head)
        if head < 0 or length < 0 or data[9:12] != OK:
            return self._odd(data, head)
        size = int(data[length + 16 : data.find(b"\r", length)])
        is_whole = len(data) >= head + 4 + size
        self._came = b"" if is_whole else data
        return is_whole

    def _odd(self, data: bytes, head: int) -> bool:
        if head >= 0 or len(data) == len(self._came):
            raise Unexpected(data.decode("latin-1"))
        self._came = data
        return False


def closed(job: Job, clients: Sequence[Client]) -> Result:
    """Keep every client busy."""
    by_number = {client.socket.fileno(): client for client in clients}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    began, cpu = time.perf_counter(), time.process_time()
    number, last, ends = job.first, job.first + job.most, began + job.seconds
    for client in clients[: job.most]:
        client.send(number)
        number += 1
    waiting, now = number - job.first, began
    while waiting:
        for descriptor, _event in _some(poll.poll(PATIENCE)):
            client = by_number[descriptor]
            if not client.is_answered():
                continue
            now = time.perf_counter()
            if now < ends and number < last:
                client.send(number)
                number += 1
            else:
                waiting -= 1
    return Result(
        answered=number - job.first,
        seconds=now - began,
        cpu=time.process_time() - cpu,
    )


def opened(job: Job, clients: Sequence[Client], rate: float) -> Result:
    """Send at `rate`, as long as a client is free; what waits for one grows late."""
    idle = deque(clients)
    busy: dict[socket.socket, Client] = {}
    latencies: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    number, total = 0, int(job.seconds * rate)
    while number < total or busy:
        due = began + number / rate
        now = time.perf_counter()
        if number < total and idle and due <= now:
            client = idle.popleft()
            client.due = due
            busy[client.socket] = client
            client.send(job.first + number)
            number += 1
            continue
        # Precise to the microsecond, where epoll counts milliseconds.
        wait = max(0.0, due - now) if number < total and idle else PATIENCE
        ready, _, _ = select.select(list(busy), [], [], wait)
        for one in ready:
            if busy[one].is_answered():
                client = busy.pop(one)
                latencies.append(time.perf_counter() - client.due)
                idle.append(client)
    return Result(
        answered=number,
        seconds=time.perf_counter() - began,
        cpu=time.process_time() - cpu,
        latencies=_percentiles(latencies),
    )


def _some(events: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if not events:
        raise Unexpected("nothing for too long")
    return events


def _percentiles(latencies: list[float]) -> dict[str, float]:
    latencies.sort()
    last = len(latencies) - 1
    return {
        name: latencies[round(last * share)]
        for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0))
    }


@contextmanager
def prepare(job: Job) -> Iterator[Callable[[], Result]]:
    with ExitStack() as stack:
        clients = [Client(job.port, templates) for templates in job.clients]
        for client in clients:
            stack.enter_context(closing(client.socket))
        if job.rate is None:
            yield lambda: closed(job, clients)
        else:
            rate = job.rate
            yield lambda: opened(job, clients, rate)


if __name__ == "__main__":
    working.work(Job, prepare)
