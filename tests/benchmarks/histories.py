"""The history of one booking, against the bare SELECT of its events."""

from functools import partial
from itertools import chain

import msgspec

from tests.benchmarks import requests, scene, serving
from tests.benchmarks.bench import Bench, Report
from tests.benchmarks.comparing import Goal, Side
from tests.benchmarks.loading import Load
from tests.benchmarks.serving import Served

GOAL = Goal(most=1.5)
HISTORY = (
    "The history of one booking of {0.events_per_booking} events: who changed what, "
    "each field before and after, as a fold finds it, words unsealed. {0.clients} "
    "clients, one process."
)
PEER = (
    "the bare SELECT of those events on the same stack, same token, in rounds as ours: "
    "answered as they are stored, nothing decoded or unsealed"
)
_decode = msgspec.json.Decoder().decode


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        owners = scene.make(url, scale.clients, scale.bookings_each)
        scene.lengthen(url, list(chain(*owners)), scale.events_per_booking)
        clients = requests.histories(owners)
        with (
            serving.served(serving.OURS, url) as ours,
            serving.served(serving.peer("peers", "bare"), url) as bare,
        ):
            told = _decode(serving.answer(ours.port, clients))["data"]
            stored = _decode(serving.answer(bare.port, clients))
            assert len(told) == len(stored) == scale.events_per_booking

            def side(name: str, server: Served) -> Side:
                reading = partial(Load(server, url).run, lambda _turn: clients)
                return Side(name, partial(reading, seconds=scale.seconds))

            comparison = bench.compare(
                side(HISTORY.format(scale), ours),
                side(PEER, bare),
                unit="GET/s",
                goal=GOAL,
                measured="time",
            )
    return Report([comparison])
