"""The audit trail: what each event changed, by whom, and where the log breaks."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from adapters.vault import AesVault
from application import bodies, replay
from application.replay import NothingThere
from application.sealing import WrongKey
from domain import events
from domain.identity import Role
from tests import lived, stores, stories
from tests.examples import (
    BOOKING_ID,
    CALL,
    ERASED,
    FRIDAY,
    HOUR,
    LATE,
    MONDAY,
    ORG_NR,
    OWNER,
    PLACED,
    POLICY,
    STAFF,
    WEDNESDAY,
)
from tests.stories import CANCELLED_ID, VAULT

STREAM = f"booking-{BOOKING_ID}"
OF_THE_TWO = "one of the two was changed."


def trail(url, booking_id=BOOKING_ID, as_of=None, vault=VAULT):
    with stores.log(url) as log:
        return replay.replay(log, vault, booking_id, as_of)


def changes(step):
    return {c.field: (c.from_, c.to) for c in step.changes}


def tamper(url, version, column, value):
    stores.execute(
        url,
        f"UPDATE stored_events SET {column} = {value} "
        f"WHERE originator_id = '{STREAM}' AND originator_version = {version}",
    )


def test_each_event_is_told_with_its_place_time_and_author(told):
    found = trail(told)

    assert found.faults == ()
    assert [(s.version, s.position, s.event) for s in found.steps] == [
        (1, 2, "booking.placed"),
        (2, 3, "booking.confirmed"),
        (3, 5, "booking.rescheduled"),
        (4, 6, "booking.message_appended"),
        (5, 8, "booking.message_appended"),
        (6, 12, "booking.change_requested"),
        (7, 13, "booking.message_appended"),
        (8, 14, "booking.change_superseded"),
        (9, 15, "booking.change_requested"),
    ]
    assert [s.actor for s in found.steps[:2]] == [OWNER, STAFF]
    assert {s.request_id for s in found.steps} == {CALL}
    assert [s.at for s in found.steps[4:7]] == [MONDAY + HOUR, LATE, LATE]


def test_what_each_event_changed_is_told_as_fields(told):
    placed, confirmed, moved, said, *_others = trail(told).steps

    assert changes(placed)["status"] == (None, "PENDING")
    assert changes(placed)["vehicle"][1]["plate"] == f"AB{BOOKING_ID}"
    assert changes(confirmed) == {"status": ("PENDING", "CONFIRMED")}
    assert changes(moved) == {
        "service_start_time": ("2026-06-03T08:00:00Z", "2026-06-04T08:00:00Z"),
        "service_end_time": ("2026-06-03T09:00:00Z", "2026-06-04T09:00:00Z"),
        "reschedule_count": (0, 1),
    }
    assert changes(said).keys() == {"message"}
    assert changes(said)["message"][1]["text"] == "A day later?"


def test_a_request_comes_as_a_whole_and_goes_with_its_status(told):
    *_others, asked, said, superseded, again = trail(told).steps

    (request,) = asked.changes
    assert (request.field, request.from_) == ("pending_change_request", None)
    assert request.to["to"]["start"] == "2026-06-05T08:00:00Z"
    assert changes(said)["message"][1]["change_request_id"] == request.to["id"]
    assert changes(superseded) == {
        "pending_change_request.status": ("PENDING", "SUPERSEDED")
    }
    assert changes(again)["pending_change_request"][1]["id"] != request.to["id"]


def test_a_cancellation_is_told_with_its_reason(told):
    cancelled = trail(told, CANCELLED_ID).steps[-1]

    assert changes(cancelled)["status"] == ("PENDING", "CANCELLED")
    assert changes(cancelled)["cancellation"] == (
        None,
        {
            "reason": "Sold the car.",
            "by": {"role": "owner"},
            "at": "2026-06-01T11:00:00Z",
        },
    )


def test_the_policys_decision_stands_beside_what_it_led_to(told):
    steps = trail(told).steps

    assert [s.version for s in steps if s.policy_decision] == [3, 6, 9]
    decision = steps[5].policy_decision
    assert decision is not None
    assert [rule.id for rule in decision.rules if not rule.passed] == [
        "reschedule_notice"
    ]


def test_the_state_is_that_of_its_moment(told):
    found = trail(told)

    first, last = found.steps[0].state, found.state
    assert last is not None
    assert (first.status, last.status) == ("PENDING", "CONFIRMED")
    assert (first.service_start_time, first.revision) == (WEDNESDAY, 1)
    assert last == found.steps[-1].state
    assert first.workshop.name == "Verksted"


async def shown_now(url):
    async with stores.reading(url) as reader:
        return await reader.booking(BOOKING_ID)


@pytest.mark.anyio
async def test_the_last_state_is_what_the_row_holds(told):
    found = await shown_now(told)

    assert found is not None
    assert trail(told).state == bodies.seen(found, VAULT, LATE + HOUR)


@pytest.fixture
def anyio_backend():
    return "asyncio"


def test_looking_changes_nothing(told):
    before = stories.tables(told), stories.rows(told, "SELECT * FROM stored_events")

    trail(told)

    assert before == (
        stories.tables(told),
        stories.rows(told, "SELECT * FROM stored_events"),
    )


def test_without_the_owners_key_what_is_personal_is_null(told):
    stores.execute(told, f"DELETE FROM owner_key WHERE owner = '{OWNER.id}'")

    steps = trail(told).steps

    assert steps[0].state.vehicle.plate is None
    assert steps[0].state.vehicle.make == "Volvo"
    assert changes(steps[3])["message"][1]["text"] is None


def test_what_was_erased_is_null_though_its_owner_came_back(store_url):
    added = events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
    new_key = (OWNER.id, VAULT.new_key(OWNER.id), MONDAY)
    happened = [
        lived.of_workshop(ORG_NR, added),
        lived.of_booking(BOOKING_ID, PLACED),
        lived.of_booking(BOOKING_ID, ERASED, at=MONDAY),
    ]
    lived.store(store_url, happened, owner_keys=[new_key])

    found = trail(store_url)

    assert found.faults == ()
    assert [step.state.vehicle.plate for step in found.steps] == [None, None]
    assert found.steps[-1].changes == ()


def test_another_master_key_is_an_error(told):
    with pytest.raises(WrongKey):
        trail(told, vault=AesVault(b"x" * 32))


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        (1, 1),
        (9, 9),
        (MONDAY, 2),
        (MONDAY + HOUR, 5),
        (LATE - timedelta(microseconds=1), 5),
        (FRIDAY, 9),
    ],
)
def test_a_trail_ends_at_a_version_or_a_time(told, as_of, last):
    assert trail(told, as_of=as_of).steps[-1].version == last


@pytest.mark.parametrize(
    ("booking_id", "as_of", "words"),
    [
        (5, None, "There is no booking 5."),
        (5, 1, "There is no booking 5."),
        (123, 10, "Booking 123 has no version 10: its last is 9."),
        (
            123,
            MONDAY - HOUR,
            "Booking 123 was placed at 2026-06-01T08:00:00+00:00.",
        ),
    ],
)
def test_what_is_not_there_is_said(told, booking_id, as_of, words):
    with pytest.raises(NothingThere) as raised:
        trail(told, booking_id, as_of)

    assert str(raised.value) == words


def test_a_broken_chain_is_told_and_the_trail_goes_up_to_it(told):
    tamper(told, 5, "state", "'x'")

    found = trail(told)

    assert [s.version for s in found.steps] == [1, 2, 3, 4]
    (fault,) = found.faults
    assert fault.startswith("booking-123, version 5 (position 8): it cannot be read: ")


@pytest.mark.parametrize(("version", "steps"), [(1, 0), (4, 3), (7, 6)])
def test_sealed_bytes_that_were_changed_are_told(told, version, steps):
    sealed = msgspec.json.decode(stories.bytes_of(told, STREAM, version))["sealed"]
    other = "A" if sealed[20] != "A" else "B"
    changed = f"{sealed[:20]}{other}{sealed[21:]}"
    stories.rewrite(told, STREAM, version, sealed.encode(), changed.encode())

    found = trail(told)

    assert len(found.steps) == steps
    broken, unopened = found.faults
    assert broken.endswith(f"does not follow from version {version}: {OF_THE_TWO}")
    assert f", version {version} (position " in unopened
    assert unopened.endswith(
        "what is sealed of it was changed by hand, or is another's."
    )


@pytest.mark.parametrize("as_of", [3, 4, MONDAY])
def test_a_fault_after_what_was_asked_for_is_no_matter(told, as_of):
    tamper(told, 5, "state", "'x'")

    assert trail(told, as_of=as_of).faults == ()


@pytest.mark.parametrize("as_of", [5, 6, FRIDAY])
def test_a_fault_before_what_was_asked_for_is_told(told, as_of):
    tamper(told, 5, "state", "'x'")

    assert len(trail(told, as_of=as_of).faults) == 1


def test_a_trail_broken_at_its_beginning_has_no_steps(told):
    tamper(told, 1, "topic", "'booking.blessed'")

    found = trail(told)

    assert (found.steps, found.state) == ((), None)
    assert "".join(found.faults) == (
        "booking-123, version 1 (position 2): its topic is 'booking.blessed', "
        "and inside it is 'booking.placed'."
    )


def test_an_unknown_tag_is_told(told):
    ((state,),) = stories.rows(
        told,
        f"SELECT state FROM stored_events WHERE originator_id = '{STREAM}' "
        "AND originator_version = 2",
    )
    changed = bytes(state).replace(b"booking.confirmed", b"booking.blessed").hex()
    literal = f"x'{changed}'" if stores.is_sqlite(told) else rf"'\x{changed}'"
    tamper(told, 2, "state", literal)

    assert "".join(trail(told).faults) == (
        "booking-123, version 2 (position 3): this release does not know the tag "
        "booking.blessed; a newer one wrote it."
    )


def test_a_workshop_that_is_not_in_the_log_is_told(told):
    stores.execute(
        told, f"DELETE FROM stored_events WHERE originator_id = 'workshop-{ORG_NR}'"
    )

    found = trail(told)

    assert found.steps == ()
    assert found.faults == (f"workshop-{ORG_NR}: it is not in the log.",)


def test_a_broken_workshop_is_told_beside_the_trail(told):
    stores.execute(
        told,
        "UPDATE stored_events SET state = 'x' "
        f"WHERE originator_id = 'workshop-{ORG_NR}' AND originator_version = 2",
    )

    found = trail(told)

    assert len(found.steps) == 9
    assert found.faults[0].startswith(f"workshop-{ORG_NR}, version 2 (position 9): ")


def test_a_trail_is_json_as_it_is(told):
    document = msgspec.json.decode(msgspec.json.encode(trail(told).steps[1]))

    assert document["actor"] == {"role": Role.STAFF.value, "id": "staff-1"}
    assert document["changes"] == [
        {"field": "status", "from": "PENDING", "to": "CONFIRMED"}
    ]
    assert document["state"]["status"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", 1),
        ("2026-06-01T08:00:00Z", MONDAY),
        (
            "2026-06-01T10:00:00+02:00",
            datetime(2026, 6, 1, 10, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("2026-06-01T08:00:00.5Z", datetime(2026, 6, 1, 8, 0, 0, 500000, UTC)),
    ],
)
def test_as_of_is_a_version_or_a_time(text, meant):
    assert replay.parse_as_of(text) == meant


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "01", "x", "2026-06-01", "2026-06-01T08:00:00", "1" * 19]
)
def test_what_is_neither_version_nor_time_is_refused(text):
    with pytest.raises(ValueError, match="is neither a version"):
        replay.parse_as_of(text)
