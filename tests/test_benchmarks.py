"""The benchmarks work, in a form so small that their figures mean nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.benchmarks import (
    comparing,
    machine,
    pgbench,
    report,
    serving,
    slow_disk,
    working,
)
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.bench import TINY, Bench, Lost, must_have
from tests.benchmarks.comparing import Goal, Run, Side
from tests.benchmarks.load import Template
from tests.benchmarks.loading import Load
from tests.benchmarks.pgbench import Absent
from tests.benchmarks.serving import Served


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def bench(postgres_server: str, tmp_path: Path, said: list[str]) -> Bench:
    return Bench(scale=TINY, server=postgres_server, folder=tmp_path, say=said.append)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_measures_both_sides_and_tells_it(
    name: str, bench: Bench, said: list[str]
) -> None:
    measured = BENCHMARKS[name](bench)

    described = list(machine.described(bench.server, bench.folder))
    page = report.page(described, {name: measured})
    for one in measured.comparisons:
        assert comparing.middle(one.rounds, "ours") > 0
        assert comparing.middle(one.rounds, "peers") > 0
        assert len(one.rounds) == TINY.rounds
        assert f"**{one.ratio:.2f}**" in page
        assert one.peer in page
        assert any(one.ours in line for line in said)
    for fact in measured.facts:
        assert fact.figure in page


def test_rounds_alternate_and_the_median_of_their_ratios_is_quoted() -> None:
    order: list[str] = []
    rates: Iterator[int] = iter([9, 1, 2, 1, 1, 4, 6, 1, 1, 6, 1, 2, 2, 1])

    def side(name: str) -> Side:
        def run() -> Run:
            order.append(name)
            return Run(done=next(rates), seconds=1.0)

        return Side(name, run)

    one = comparing.compare(
        side("A"),
        side("B"),
        unit="things/s",
        rounds=3,
        say=lambda _line: None,
    )

    assert "".join(order) == "AB" + "ABBA" * 3
    assert one.ratios == [3.0, 6.0, 0.5]
    assert one.ratio == 3.0


def test_of_times_the_ratio_is_ours_by_the_peers() -> None:
    slow, fast = Run(done=1, seconds=3.0), Run(done=1, seconds=2.0)
    one = comparing.Round(ours=(slow, slow), peers=(fast, fast))

    assert comparing.ratio(one, "time") == pytest.approx(1.5)
    assert comparing.ratio(one, "rate") == pytest.approx(1 / 1.5)


@pytest.mark.parametrize(
    ("goal", "ratio", "verdict"),
    [
        (Goal(least=0.5), 0.5, "met"),
        (Goal(least=0.5), 0.49, "missed"),
        (Goal(most=1.2), 1.2, "met"),
        (Goal(most=1.2), 1.21, "missed"),
        (Goal(), 0.0, ""),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal, ratio: float, verdict: str) -> None:
    assert goal.verdict(ratio) == verdict


@pytest.mark.parametrize("found", [2, 4])
def test_a_store_with_more_or_less_than_acknowledged_ends_the_run(found: int) -> None:
    with pytest.raises(Lost, match=f"3 were acknowledged, {found} are stored"):
        must_have("things", found, 3)


def test_a_slow_disk_is_a_server_that_sleeps_before_it_flushes(bench: Bench) -> None:
    has_compiler = shutil.which("cc") is not None
    with slow_disk.slowed(bench) as (url, how):
        server = serving.postmaster(url)
        assert server is not None
        maps = Path(f"/proc/{server.pid}/maps").read_text("utf-8")

        assert ("fdatasync.so" in maps) == has_compiler
        assert how == (slow_disk.PRELOADED if has_compiler else slow_disk.DELAYED)
        assert "LD_PRELOAD" not in os.environ


def test_without_a_compiler_groups_of_commits_sleep_before_they_flush(
    bench: Bench,
) -> None:
    with (
        slow_disk.slowed(bench, "no-compiler") as (url, how),
        psycopg.connect(url) as c,
    ):
        (shown,) = c.execute(
            "SELECT current_setting('commit_delay'), current_setting('commit_siblings')"
        )

        assert shown == ("2000", "0")
        assert how == slow_disk.DELAYED


def test_without_pgbench_a_run_says_so_and_ends(tmp_path: Path) -> None:
    with pytest.raises(Absent, match="has no pgbench"):
        pgbench.program([tmp_path])


@pytest.fixture(scope="module")
def hello(postgres_server: str) -> Iterator[Served]:
    """Yield a server that knows one path."""
    with serving.served(
        serving.peer("peers", "hello"), postgres_server, ready="/hello"
    ) as server:
        yield server


def test_any_answer_but_200_ends_the_run(
    hello: Served, postgres_server: str, capfd: pytest.CaptureFixture[str]
) -> None:
    unknown = [[Template(b"GET /unknown HTTP/1.1\r\nhost: localhost\r\n\r\n")]]

    with pytest.raises(working.Failed):
        Load(hello, postgres_server).run(lambda _turn: unknown, seconds=5)

    assert "Unexpected: HTTP/1.1 404" in capfd.readouterr().err


def test_a_load_ends_after_as_many_requests_as_were_asked_for(
    hello: Served, postgres_server: str
) -> None:
    client = [Template(b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n")]
    load = Load(hello, postgres_server)

    run = load.run(lambda _turn: [client] * 3, seconds=60, most=7)

    assert run.done == load.answered == 7
    assert run.cpu["server"] >= 0
