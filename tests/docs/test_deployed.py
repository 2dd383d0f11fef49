"""The compose file's own commands live the README's day, and nobody notices a restart.

Each process runs as a container would: as another user, on a file system that it cannot
write to, with the file's environment, secrets and health checks, behind its own proxy.
"""

import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import NamedTuple

import httpx
import pytest

from tests import collecting, servers
from tests.collecting import Collector
from tests.composed import Composed, Container
from tests.docs import test_pages

KARI = ["bookings", "token", "--owner", "kari"]
KEYS = ("jwt_secret", "master_key", "postgres_password")
# What is said on that day, and by whom.
SAID = (
    *("EL 12345", "It got worse.", "Then the part is here.", "The lift is broken."),
    *("Sold the car.", "dent.png", "kari", "sam", "mona"),
)


class Deployed(NamedTuple):
    all: Composed
    apis: tuple[Container, Container]
    worker: Container
    proxy: Container
    folder: Path
    collector: Collector


@pytest.fixture(scope="module")
def deployed(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """Bring all up, in the order in which the services wait for one another."""
    folder = tmp_path_factory.mktemp("deployed")
    test_pages.run(
        test_pages.blocks("docs/howto/deploy.md")[0], folder, {"PORT": "5000"}
    )
    with (
        servers.fresh_database(postgres_server) as database,
        servers.own_redis() as redis,
        collecting.collecting() as collector,
        Composed(database, redis.url, folder, told_all(collector)) as all_of_them,
    ):
        migrate = all_of_them.start("migrate")
        assert migrate.ended() == 0, migrate.log.read_text()
        apis = (all_of_them.start("api", 1), all_of_them.start("api", 2))
        worker = all_of_them.start("worker")
        for container in (*apis, worker):
            container.wait_until_healthy()
        proxy = all_of_them.start("proxy")
        assert apis[0].run(["bookings", "demo", "--yes"]).returncode == 0
        yield Deployed(all_of_them, apis, worker, proxy, folder, collector)


def told_all(collector: Collector) -> dict[str, str]:
    """Return what lets processes tell as much as they can be made to."""
    return {
        "BOOKINGS_LOG_LEVEL": "debug",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


def test_the_day_of_the_readme_is_lived_through_the_one_port(deployed: Deployed):
    (day,) = [x for x in test_pages.blocks("README.md") if "# Kari finds free" in x]
    (deployed.folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (deployed.folder / "var").mkdir()
    port = deployed.all.url.rpartition(":")[2]
    environ = deployed.apis[0].environ | {"PORT": port}

    said = test_pages.run(day, deployed.folder, environ).splitlines()

    assert said[:9] == [
        *("CONFIRMED", "rescheduled", "2", "change_requested", "image/png"),
        *("countered", "accepted", "rescheduled", "CANCELLED"),
    ]
    assert [line.split()[1:] for line in said[9:]] == test_pages.history_of_the_day()
    assert all(answered(deployed, number) > 0 for number in (1, 2))


def test_nothing_that_was_said_that_day_is_in_logs_metrics_or_spans(
    deployed: Deployed,
):
    (day,) = [x for x in test_pages.blocks("README.md") if "# Kari finds free" in x]
    spans = deployed.collector.wait_for(
        lambda spans: sum(span.name.startswith("PUT /api") for span in spans) > 5
    )
    containers = (*deployed.apis, deployed.worker, deployed.proxy)
    told = [
        *(container.log.read_text() for container in containers),
        *map(deployed.all.metrics, ("metrics-1", "metrics-2", "worker")),
        *(body.decode("latin-1") for body in deployed.collector.bodies),
    ]

    secrets = [
        *SAID,
        deployed.apis[0].run(KARI).stdout[:30],
        *((deployed.folder / "secrets" / name).read_text() for name in KEYS),
    ]
    for secret in SAID:
        assert secret in day
    for secret in secrets:
        word = re.compile(rf"\b{re.escape(secret)}\b", re.IGNORECASE)
        assert not [text for text in told if word.search(text)], secret
    assert {span.name for span in spans} > {"batch", "load", "decide", "commit"}


def test_each_line_of_a_call_names_it_and_its_trace(deployed: Deployed):
    logs = "".join(api.log.read_text() for api in deployed.apis)
    lines = [json.loads(x) for x in logs.splitlines() if x.startswith("{")]
    traced = {
        (span.attributes["bookings.request_id"], span.trace_id)
        for span in deployed.collector.spans
        if "bookings.request_id" in span.attributes
    }

    of_calls = [line for line in lines if "route" in line]
    named = {(line["request_id"], line["trace_id"]) for line in of_calls}
    assert traced
    assert traced <= named


def answered(deployed: Deployed, number: int) -> float:
    """Return how many calls of owners an API process has answered."""
    shown = deployed.all.metrics(f"metrics-{number}")
    found = re.findall(
        r'^bookings_request_seconds_count\{.*"/api/co/.*\} (.+)$', shown, re.MULTILINE
    )
    return sum(map(float, found))


def test_nobody_notices_that_one_after_the_other_is_replaced(deployed: Deployed):
    token = deployed.apis[0].run(KARI).stdout.strip()
    is_over = Event()
    with ThreadPoolExecutor() as pool:
        writers = [
            pool.submit(_write, deployed.all.url, token, is_over) for _ in range(4)
        ]
        try:
            one, other = deployed.apis
            ends = [one.end()]
            one.start_again()
            one.wait_until_healthy()
            ends.append(other.end())
        finally:
            is_over.set()
        codes = [code for writer in writers for code in writer.result()]

    assert ends == [0, 0]
    assert set(codes) == {200}


def _write(url: str, token: str, is_over: Event) -> list[int]:
    """Write messages, one after the other, until it is over; return the answers."""
    codes: list[int] = []
    with httpx.Client(
        base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        while not is_over.is_set():
            message = {"message": {"text": f"Message {len(codes)}."}}
            codes.append(client.put("/api/co/bookings/123", json=message).status_code)
    return codes


def test_what_was_done_is_what_the_log_says(deployed: Deployed):
    verified = deployed.apis[0].run(["bookings", "verify"])

    assert verified.returncode == 0, verified.stderr
    deployed.worker.wait_until_healthy()


def test_nothing_was_written_but_to_the_volumes(deployed: Deployed):
    for container in (*deployed.apis, deployed.worker, deployed.proxy):
        assert {path.name for path in container.log.parent.iterdir()} == {"log"}
    touched = deployed.apis[0].run(
        ["python", "-c", "import domain; open(domain.__file__, 'ab')"]
    )
    assert "Permission denied" in touched.stderr


def test_each_process_ends_as_it_is_told(deployed: Deployed):
    ends = [one.end() for one in (deployed.proxy, deployed.apis[0], deployed.worker)]

    assert ends == [0, 0, 0]
