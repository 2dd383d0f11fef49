"""The next message of a long thread, against that of a short one."""

from collections.abc import Sequence

import psycopg

from tests.benchmarks import requests, scene, serving
from tests.benchmarks.bench import Bench, Report, must_have
from tests.benchmarks.comparing import Goal, Run, Side
from tests.benchmarks.loading import Load
from tests.benchmarks.scene import Line

GOAL = Goal(most=1.2)
NEXT = (
    "PUT of a message, one client: the {0.next_messages} messages of a booking after "
    "its {0.long_thread}th."
)
PEER = "the first {0.next_messages} messages of a booking"
_MESSAGES = "SELECT count(*) FROM message"


class Threads:
    """Each run writes to bookings that no run wrote to before."""

    def __init__(self, bench: Bench, server: Load, lines: Sequence[Line]) -> None:
        self._scale = bench.scale
        self._server = server
        self._left = list(lines)

    def run(self) -> Run:
        count = self._scale.threads
        lines, self._left = self._left[:count], self._left[count:]
        return self._server.run(
            lambda _turn: [requests.messages(lines)],
            seconds=3600,
            most=len(lines) * self._scale.next_messages,
        )


def measure(bench: Bench) -> Report:
    scale = bench.scale
    count = scale.threads * (1 + 2 * scale.rounds)
    with bench.database() as url:
        (lines,) = scene.make(url, 1, 2 * count)
        long, short = lines[:count], lines[count:]
        bench.say(f"Writing {scale.long_thread} messages to each of {count} bookings")
        scene.write(url, long, scale.long_thread)
        with serving.served(serving.OURS, url) as ours:
            server = Load(ours, url)
            comparison = bench.compare(
                Side(NEXT.format(scale), Threads(bench, server, long).run),
                Side(PEER.format(scale), Threads(bench, server, short).run),
                unit="PUT/s",
                goal=GOAL,
                measured="time",
            )
        with psycopg.connect(url) as conn:
            ((found,),) = conn.execute(_MESSAGES).fetchall()
    written = found - count * scale.long_thread
    return Report([comparison], [must_have("messages", written, server.answered)])
