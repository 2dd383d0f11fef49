"""GET of one booking, against the shortest ways to answer, and the usual one."""

from functools import partial

from tests.benchmarks import comparing, requests, scene, serving
from tests.benchmarks.bench import Bench, Report
from tests.benchmarks.comparing import Comparison, Goal, Run, Side
from tests.benchmarks.loading import Load
from tests.benchmarks.peers import POOL
from tests.benchmarks.requests import Clients
from tests.benchmarks.stack import ANSWER

GET = (
    "GET of one booking, from the store each time: a read shows what was committed "
    "before it was asked. {0.clients} clients, one process."
)
HELLO = "hello world: the framework alone on the same server, no token, no edge"
KNOWN = "the same answer without a store: same stack, same token"
POOLED = f"the same route with a pooled connection for each request ({POOL} of them)"


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        owners = scene.make(url, scale.clients, scale.bookings_each)
        with serving.served(serving.OURS, url) as server:
            reading = _Reading(bench, url, Load(server, url), requests.gets(owners))
            reading.known.write_bytes(serving.answer(server.port, reading.clients))
            comparisons = [
                reading.against("hello", HELLO, Goal(least=0.6)),
                reading.against("known", KNOWN, Goal()),
                reading.against("pooled", POOLED, Goal(least=2.5)),
            ]
            late = reading.load.latency(
                lambda _turn: requests.gets(scene.spread(owners)),
                seconds=2 * scale.seconds,
                rate=comparing.middle(comparisons[0].rounds, "ours") / 2,
            )
    return Report(comparisons, [late])


class _Reading:
    """Our server under GETs, and the file with the answer that a peer knows."""

    def __init__(self, bench: Bench, url: str, load: Load, clients: Clients) -> None:
        self.load = load
        self.clients = clients
        self.known = bench.folder / "get.json"
        self._bench = bench
        self._url = url

    def against(self, kind: str, name: str, goal: Goal) -> Comparison:
        asked, ready = self.clients, "/health/ready"
        if kind == "hello":
            asked, ready = requests.hello(len(asked)), "/hello"
        environ = {ANSWER: str(self.known)}
        with serving.served(
            serving.peer("peers", kind), self._url, ready=ready, environ=environ
        ) as server:
            peer = Load(server, self._url)
            return self._bench.compare(
                Side(GET.format(self._bench.scale), partial(self._run, self.load)),
                Side(name, partial(self._run, peer, asked)),
                unit="GET/s",
                goal=goal,
            )

    def _run(self, load: Load, clients: Clients | None = None) -> Run:
        seconds = self._bench.scale.seconds
        return load.run(lambda _turn: clients or self.clients, seconds=seconds)
