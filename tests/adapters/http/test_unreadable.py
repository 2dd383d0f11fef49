"""What a newer release wrote, or a disk has damaged: 503 to whoever needs it alone."""

import json

import pytest
from structlog.testing import capture_logs

from tests import stores, stories
from tests.adapters.http.api import Api, Line, Shop, say, wire
from tests.examples import FRIDAY, MINUTE, MONDAY

DETAIL = "What is stored of it cannot be read."


def unreadable(answer) -> bool:
    body = answer.json()
    return (answer.status_code, body["code"], body["detail"]) == (
        503,
        "unavailable",
        DETAIL,
    ) and bool(answer.headers["retry-after"])


@pytest.fixture
def lines(shop: Shop) -> list[Line]:
    return [shop.confirmed(), shop.pending(FRIDAY)]


def test_a_row_that_cannot_be_decoded(api: Api, lines: list[Line]):
    broken, sound = lines
    row = stories.literal(api.url, b"{}")
    stores.execute(
        api.url,
        f"UPDATE booking SET state = {row} WHERE id = {broken.id}",  # noqa: S608
    )

    with capture_logs() as logged:
        written, read = broken.put(say()), broken.get()

    assert unreadable(written)
    assert unreadable(read)
    ids = [written.json()["request_id"], read.json()["request_id"]]
    assert [entry["request_id"] for entry in logged] == ids
    assert sound.put(say()).status_code == 200
    assert sound.get().status_code == 200


@pytest.mark.parametrize("old", [b"booking.confirmed", b'"role":"staff"'])
def test_an_event_that_cannot_be_decoded(api: Api, lines: list[Line], old: bytes):
    broken, sound = lines
    new = b"booking.towed" if old.startswith(b"booking") else b'"role":"robot"'
    stories.rewrite(api.url, f"booking-{broken.id}", 2, old, new)
    past = f"?as_of={wire(MONDAY - MINUTE)}"

    for query in ("/history", past):
        asked = api.ask("GET", broken.path + query, broken.owner)
        assert unreadable(asked), json.dumps(asked.json())
        assert api.ask("GET", sound.path + query, sound.owner).status_code == 200

    # Its row is sound: what needs no more than that goes on.
    assert broken.get().status_code == 200
    assert broken.put(say()).status_code == 200
