"""The whole PUT, against the same request answered by a handler that does nothing."""

from collections.abc import Iterator
from functools import partial

import psycopg

from tests.benchmarks import comparing, requests, scene, serving
from tests.benchmarks.bench import Bench, Fact, Report, must_have
from tests.benchmarks.comparing import Comparison, Goal, Side
from tests.benchmarks.loading import Load
from tests.benchmarks.peers import ANSWER
from tests.benchmarks.scene import Owners

GOAL = Goal(least=0.5)
PUT = (
    "PUT of one booking, whole: a move and a message, two events. Token, body checked "
    "strictly, idempotency key, policy, slots, sealing, read model, answer kept. "
    "{0.clients} clients, one process."
)
PEER = "no-op on the same stack: same checks of token, headers and body, same answer"
_EVENTS = "SELECT count(*) FROM stored_events WHERE topic = %s"
_KEYS = "SELECT count(*) FROM idempotency"


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        owners = scene.make(url, scale.clients, scale.bookings_each)
        with serving.served(serving.OURS, url) as server:
            ours = Load(server, url)
            answer = bench.folder / "put.json"
            first = requests.puts(owners, scene.TURNS - 1)
            answer.write_bytes(serving.answer(server.port, first))
            with serving.served(
                serving.peer("known"), url, environ={ANSWER: str(answer)}
            ) as noop:
                comparison = _against(bench, ours, Load(noop, url), owners)
            late = _late(bench, ours, comparison, owners)
        return Report([comparison], [late, *_counted(url, ours.answered + 1)])


def _against(bench: Bench, ours: Load, noop: Load, owners: Owners) -> Comparison:
    clients, seconds = partial(requests.puts, owners), bench.scale.seconds
    return bench.compare(
        Side(PUT.format(bench.scale), partial(ours.run, clients, seconds=seconds)),
        Side(PEER, partial(noop.run, clients, seconds=seconds)),
        unit="PUT/s",
        goal=GOAL,
    )


def _late(bench: Bench, ours: Load, reached: Comparison, owners: Owners) -> Fact:
    return ours.latency(
        partial(requests.puts, scene.spread(owners)),
        seconds=2 * bench.scale.seconds,
        rate=comparing.middle(reached.rounds, "ours") / 2,
    )


def _counted(url: str, acknowledged: int) -> Iterator[Fact]:
    with psycopg.connect(url) as conn:
        for topic in ("booking.rescheduled", "booking.message_appended"):
            ((found,),) = conn.execute(_EVENTS, [topic]).fetchall()
            yield must_have(f"PUTs, by {topic}", found, acknowledged)
        ((found,),) = conn.execute(_KEYS).fetchall()
        yield must_have("PUTs, by idempotency key", found, acknowledged)
