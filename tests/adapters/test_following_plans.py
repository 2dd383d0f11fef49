"""Whoever follows asks often: each question looks into an index of a long log."""

import psycopg
import pytest

from adapters.postgres.audit import TEMPLATES
from tests.benchmarks import filling, scene

EVENTS = 5_000


@pytest.mark.parametrize(
    ("name", "params", "index"),
    [
        ("after", (EVENTS - 10, 500), "stored_events_notification_id_idx"),
        ("stream_after", (f"booking-{filling.FIRST}", 0, 500), "stored_events_pkey"),
    ],
)
def test_what_comes_next_is_searched_for_and_not_scanned(
    postgres_url: str, name: str, params: tuple[object, ...], index: str
):
    scene.make(postgres_url, 1, 1)
    filling.fill(postgres_url, EVENTS)
    with psycopg.connect(postgres_url) as conn:
        query = f"EXPLAIN {TEMPLATES[name]}".encode()
        plan = "\n".join(line for (line,) in conn.execute(query, params))

    assert index in plan
    assert "Seq Scan" not in plan
