"""`bookings serve` answers in its time, also before a call comes to the committer."""

import asyncio
from http import HTTPStatus

import httpx
import psycopg

from tests import running
from tests.running import Serving

OWNER = "kari"


def place(server: Serving) -> httpx.Response:
    return httpx.post(
        f"{server.url}/api/co/bookings",
        headers={"Authorization": f"Bearer {running.token(OWNER)}"},
        json={
            "org_nr": running.ORG_NR,
            "service_id": 1,
            "service_start_time": running.first_start().isoformat(),
            "vehicle": {"plate": "AB 12345"},
        },
        timeout=60,
    )


def test_a_booking_whose_id_cannot_be_drawn_is_refused_in_time(postgres_url: str):
    asyncio.run(running.place_one_each(postgres_url, [OWNER]))
    more = {"BOOKINGS_CALL_SECONDS": "0.5"}
    with running.serving(postgres_url, more=more) as (server,):
        with psycopg.connect(postgres_url) as holder:
            holder.execute("LOCK TABLE slice_counter")
            late = place(server)
        placed = place(server)

    assert (late.status_code, late.json()["code"]) == (503, "unavailable")
    assert late.json()["detail"] == "It waited for too long, and did not happen."
    assert late.headers["retry-after"] == "1"
    assert placed.status_code == HTTPStatus.CREATED
