"""The whole PUT, against the same request on other people's stacks, and on none."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tests.benchmarks import (
    comparing,
    crud,
    library,
    orm,
    plain,
    requests,
    scene,
    serving,
)
from tests.benchmarks.bench import Bench, Fact, Report, must_have
from tests.benchmarks.comparing import Comparison, Goal, Run, Side
from tests.benchmarks.loading import Load
from tests.benchmarks.scene import Owners
from tests.benchmarks.stack import ANSWER

PUT = (
    "PUT of one booking, whole: a move and a message, two events. Token, body checked "
    "strictly, idempotency key, policy, slots, sealing, read model, answer kept. "
    "{0.clients} clients, one process."
)


_EVENTS = "SELECT count(*) FROM stored_events WHERE topic = 'booking.{}'"
_KEYS = "SELECT count(*) FROM idempotency"
TALLIES = {
    "PUTs, by booking.rescheduled": _EVENTS.format("rescheduled"),
    "PUTs, by booking.message_appended": _EVENTS.format("message_appended"),
    "PUTs, by idempotency key": _KEYS,
}


class Peer(NamedTuple):
    """`tallies` count what it acknowledged where it keeps it."""

    words: Sequence[str]
    name: str
    goal: Goal
    tallies: Mapping[str, str] = {}


PEERS = (
    Peer(
        ("peers", "known"),
        "no-op on the same stack: same checks of token, headers and body, same answer",
        Goal(least=0.5),
    ),
    Peer(
        ("orm",),
        "FastAPI and SQLAlchemy on the same server: the token checked as ours is, the "
        "body by pydantic, one UPDATE and an audit row in one transaction, both "
        f"prepared, {orm.POOL} connections of psycopg; same answer, known before",
        Goal(least=8),
        {
            "updates by SQLAlchemy": plain.UPDATES,
            "audit rows by SQLAlchemy": plain.AUDITED,
        },
    ),
    Peer(
        ("library",),
        "the event sourcing library used plainly on the same stack: an aggregate "
        "loaded and saved for each request, with all its events, which grow as it "
        "runs; two new ones, its recorder with a function in PostgreSQL, its JSON, "
        f"{library.POOL} threads and connections; same checks, same answer, known "
        "before",
        Goal(least=8),
        {
            "moves by the library": library.MOVES,
            "messages by the library": library.MESSAGES,
        },
    ),
    Peer(
        ("crud", "single"),
        "one UPDATE of one row on the same stack, on a pooled connection "
        f"({crud.POOL} of them): same checks, same answer, known before",
        Goal(least=1.0),
        {"updates by CRUD": plain.UPDATES},
    ),
    Peer(
        ("crud", "batched"),
        "the same UPDATEs, those of all calls that wait in one statement",
        Goal(),
        {"updates by CRUD, batched": plain.UPDATES},
    ),
)


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        owners = scene.make(url, scale.clients, scale.bookings_each)
        with serving.served(serving.OURS, url) as server:
            putting = _Putting(bench, url, Load(server, url), owners)
            first = requests.puts(owners, scene.TURNS - 1)
            putting.known.write_bytes(serving.answer(server.port, first))
            comparisons = [putting.against(peer) for peer in PEERS]
            late = putting.late(comparing.middle(comparisons[0].rounds, "ours") / 2)
        ours = _counted(url, TALLIES, putting.load.answered + 1)
        return Report(comparisons, [late, *ours, *putting.tallied])


class _Putting:
    """Our server under PUTs, and what peers have acknowledged and stored."""

    def __init__(self, bench: Bench, url: str, load: Load, owners: Owners) -> None:
        self.load = load
        self.known = bench.folder / "put.json"
        self.tallied: list[Fact] = []
        self._bench = bench
        self._url = url
        self._owners = owners

    def against(self, peer: Peer) -> Comparison:
        plain.make(self._url)
        library.make(self._url)
        environ = {ANSWER: str(self.known)}
        with serving.served(
            serving.peer(*peer.words), self._url, environ=environ
        ) as server:
            load = Load(server, self._url)
            comparison = self._bench.compare(
                Side(PUT.format(self._bench.scale), partial(self._run, self.load)),
                Side(peer.name, partial(self._run, load)),
                unit="PUT/s",
                goal=peer.goal,
            )
        self.tallied += _counted(self._url, peer.tallies, load.answered)
        return comparison

    def late(self, rate: float) -> Fact:
        """Tell how late our answers are when so many are due in a second."""
        clients = partial(requests.puts, scene.spread(self._owners))
        seconds = 2 * self._bench.scale.seconds
        return self.load.latency(clients, seconds=seconds, rate=rate)

    def _run(self, load: Load) -> Run:
        clients = partial(requests.puts, self._owners)
        return load.run(clients, seconds=self._bench.scale.seconds)


def _counted(url: str, tallies: Mapping[str, str], acknowledged: int) -> Iterator[Fact]:
    for what, query in tallies.items():
        yield must_have(what, plain.count(url, query), acknowledged)
