"""Whatever somebody changes by hand is found, and said in words with its place."""

# ruff: noqa: S608 - what a person does by hand is SQL in a string

from base64 import b64encode

import pytest

from application.verify import verify
from domain import chain
from domain.rules import Verdict
from domain.structs import replace
from tests import lived, stores, stories
from tests.examples import (
    ADDED,
    ASKED_FOR_FRIDAY,
    BOOKING_ID,
    MOVED_TO_FRIDAY,
    ORG_NR,
    OTHER_BOOKING_ID,
    PLACED,
)
from tests.stories import CANCELLED_ID, EVENTS, PENDING_ID

NO_TEXT = """UPDATE {0} SET {1} = CAST(x'ff' AS TEXT)
WHERE rowid = (SELECT max(rowid) FROM {0})"""
STREAM = f"booking-{BOOKING_ID}"
CANCELLED = f"booking-{CANCELLED_ID}"


def verified(url):
    with stores.snapshot(url) as snapshot:
        return verify(snapshot)


def first(url):
    """Return the first difference that is found."""
    return verified(url).differences[0]


def words(url):
    return [difference.words for difference in verified(url).differences]


def only(url):
    (word,) = words(url)
    return word


def set_state(url, state):
    literal = stories.literal(url, state)
    stores.execute(url, f"UPDATE booking SET state = {literal} WHERE id = {BOOKING_ID}")


def position(url):
    """Return the name of the column that holds the position."""
    return "rowid" if stores.is_sqlite(url) else "notification_id"


def test_a_store_that_nobody_touched_is_sound(told):
    told_of = []
    with stores.snapshot(told) as snapshot:
        report = verify(snapshot, lambda done, of: told_of.append((done, of)))

    assert report.is_sound
    assert report.differences == ()
    assert (report.events, report.streams) == (EVENTS, 5)
    assert report.rows == sum(map(len, stories.tables(told).values()))
    assert told_of[-1] == (EVENTS, EVENTS)


def test_a_time_that_is_none_is_named(told):
    if not stores.is_sqlite(told):
        stores.execute(told, "UPDATE booking SET at = 'infinity' WHERE id = 123")
    else:
        stores.execute(told, "UPDATE booking SET at = 'soon' WHERE id = 123")

    assert (first(told).subject, first(told).field) == ("booking 123", "at")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("booking", "owner"),
        ("message", "author"),
        ("message", "client_message_id"),
        ("stored_events", "topic"),
        ("stored_events", "originator_id"),
    ],
)
def test_what_is_no_text_is_named(told_on_sqlite, table, column):
    stores.execute(told_on_sqlite, NO_TEXT.format(table, column))

    assert "�" in first(told_on_sqlite).words


def test_an_empty_store_is_sound(store_url):
    stores.migrate(store_url)

    assert verified(store_url).is_sound


@pytest.mark.parametrize(
    ("change", "subject", "field"),
    [
        ("UPDATE booking SET owner = 'x' WHERE id = 123", "booking 123", "owner"),
        ("UPDATE booking SET status = 'x' WHERE id = 123", "booking 123", "status"),
        ("UPDATE booking SET revision = 99 WHERE id = 123", "booking 123", "revision"),
        ("UPDATE booking SET version = 99 WHERE id = 123", "booking 123", "version"),
        ("UPDATE booking SET position = 99 WHERE id = 123", "booking 123", "position"),
        (
            f"UPDATE workshop SET longest_hold = 1 WHERE org_nr = {ORG_NR}",
            f"workshop {ORG_NR}",
            "longest_hold",
        ),
        (
            "UPDATE slot SET bay = 9 WHERE booking_id = 123 AND kind = 'hold'",
            "slot 123 hold",
            "bay",
        ),
        (
            "UPDATE message SET author = 'x' WHERE booking_id = 123 AND version = 4",
            "message 00000000-0000-7000-8000-000000000301",
            "author",
        ),
        (
            "UPDATE change_request SET status = 'PENDING' WHERE status = 'SUPERSEDED'",
            "change_request 00000000-0000-7000-8000-000000000204",
            "status",
        ),
    ],
)
def test_a_changed_field_is_named(told, change, subject, field):
    stores.execute(told, change)

    report = verified(told)

    assert report.found == 1
    (difference,) = report.differences
    assert (difference.subject, difference.field) == (subject, field)
    assert difference.words.startswith(f"{subject}: {field} is {difference.found}, ")
    assert difference.expected != difference.found


def test_a_field_inside_a_state_is_named(told):
    ((state,),) = stories.rows(told, f"SELECT state FROM booking WHERE id={BOOKING_ID}")
    changed = bytes(state).replace(b'"bay":1', b'"bay":7', 1)
    set_state(told, changed)

    assert only(told) == "booking 123: state.slot.bay is 7, and by the log 1."


@pytest.mark.parametrize(
    ("state", "field"),
    [(b"\xff", "state"), (b"[]", "state"), (b'{"id":123}', "state.owner")],
)
def test_a_state_that_is_no_booking_is_named(told, state, field):
    set_state(told, state)

    assert first(told).field == field


def test_a_state_of_the_same_meaning_is_still_not_the_same_bytes(told):
    ((state,),) = stories.rows(told, f"SELECT state FROM booking WHERE id={BOOKING_ID}")
    set_state(told, bytes(state) + b" ")

    assert only(told) == (
        "booking 123: state is written otherwise, "
        "and by the log the same, written otherwise."
    )


@pytest.mark.parametrize(
    ("table", "column"),
    [("booking", "id"), ("message", "booking_id"), ("slot", "booking_id")],
)
def test_a_missing_row_is_named(told, table, column):
    stores.execute(told, f"DELETE FROM {table} WHERE {column} = {BOOKING_ID}")

    found = words(told)

    assert found
    assert all(
        word.startswith(f"{table} ")
        and word.endswith(": the row is missing; the log has its events.")
        for word in found
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE slot SET booking_id = 5 WHERE booking_id = 123 AND kind = 'hold'",
        "UPDATE message SET booking_id = 5 WHERE booking_id = 123 AND version = 4",
        "UPDATE booking SET id = 5 WHERE id = 123",
        f"UPDATE workshop SET org_nr = 5 WHERE org_nr = {ORG_NR}",
    ],
)
def test_a_row_of_a_stream_that_is_not_there_is_named(told, change):
    stores.execute(told, change)

    missing, stray = verified(told).differences

    assert "the row is missing" in missing.words
    assert stray.words.endswith(": there is a row, but no event that makes it.")


def test_a_row_too_many_of_a_stream_that_is_there_is_named(told):
    stores.execute(
        told, f"UPDATE slot SET kind = 'hold' WHERE booking_id = {OTHER_BOOKING_ID}"
    )

    assert words(told) == [
        f"slot {OTHER_BOOKING_ID} slot: the row is missing; the log has its events.",
        f"slot {OTHER_BOOKING_ID} hold: there is a row, but no event that makes it.",
    ]


def test_an_event_changed_in_the_middle_breaks_the_chain(told):
    stories.rewrite(told, STREAM, 3, b'"bay":1', b'"bay":2')

    assert only(told) == (
        "booking-123, version 4 (position 6): it does not follow from version 3: "
        "one of the two was changed."
    )


def test_a_changed_last_event_is_seen_too(told):
    stories.rewrite(told, CANCELLED, 2, b'"role":"owner"', b'"role":"staff"')

    difference = first(told)

    assert difference.subject == f"booking {CANCELLED_ID}"
    assert difference.field == "chain"
    assert difference.words.endswith(": the last event was changed, or the row was.")


def test_a_changed_first_event_is_no_beginning(told):
    prev = chain.genesis(STREAM)
    other = chain.genesis("booking-5")
    stories.rewrite(told, STREAM, 1, b64encode(prev), b64encode(other))

    assert only(told) == (
        "booking-123, version 1 (position 2): it is no beginning of this stream: "
        "it was changed, or is another's."
    )


def test_a_deleted_last_event_is_missed(told):
    stores.execute(
        told,
        f"DELETE FROM stored_events WHERE originator_id = '{CANCELLED}' "
        "AND originator_version = 2",
    )

    hole, row, *_more = verified(told).differences

    assert hole.subject == "position 11"
    assert hole.words == (
        "The log is not dense: no event is at position 11, "
        "and 15 events end at position 16."
    )
    assert row.words == (
        f"booking {CANCELLED_ID}: version is 2, and by the log 1: "
        "events are missing, or the row was changed."
    )


def test_the_deleted_last_event_of_the_log_is_missed(told):
    stores.execute(told, f"DELETE FROM stored_events WHERE {position(told)} = {EVENTS}")

    booking, slot = verified(told).differences

    assert booking.words == (
        f"booking {PENDING_ID}: version is 2, and by the log 1: "
        "events are missing, or the row was changed."
    )
    assert (slot.subject, slot.field) == (f"slot {PENDING_ID} slot", "starts_at")


def test_a_deleted_event_in_the_middle_is_missed(told):
    stores.execute(
        told,
        f"DELETE FROM stored_events WHERE originator_id = '{STREAM}' "
        "AND originator_version = 3",
    )

    assert words(told)[1] == (
        "booking-123, version 4 (position 6): version 3 is missing before it."
    )


def test_a_whole_stream_that_is_gone_is_missed(told):
    stores.execute(
        told, f"DELETE FROM stored_events WHERE originator_id = '{CANCELLED}'"
    )

    assert (
        f"booking {CANCELLED_ID}: there is a row, but no event that makes it."
        in words(told)
    )


def test_swapped_streams_are_no_beginnings(told):
    for before, after in (
        (f"booking-{OTHER_BOOKING_ID}", "booking-9"),
        (f"booking-{PENDING_ID}", f"booking-{OTHER_BOOKING_ID}"),
        ("booking-9", f"booking-{PENDING_ID}"),
    ):
        stores.execute(
            told,
            f"UPDATE stored_events SET originator_id = '{after}' "
            f"WHERE originator_id = '{before}'",
        )

    assert [word.partition(", ")[0] for word in words(told)] == [
        f"booking-{OTHER_BOOKING_ID}",
        f"booking-{PENDING_ID}",
    ]


def test_positions_that_go_backwards_are_seen(told):
    for before, after in ((2, 99), (3, 2), (99, 3)):
        stores.execute(
            told,
            f"UPDATE stored_events SET {position(told)} = {after} "
            f"WHERE {position(told)} = {before}",
        )

    assert only(told) == (
        "booking-123, version 2 (position 2): "
        "it comes after position 3, that of the event before it."
    )


def test_another_topic_than_the_tag_inside_is_seen(told):
    stores.execute(
        told,
        "UPDATE stored_events SET topic = 'booking.cancelled' "
        f"WHERE originator_id = '{STREAM}' AND originator_version = 2",
    )

    assert only(told) == (
        "booking-123, version 2 (position 3): its topic is 'booking.cancelled', "
        "and inside it is 'booking.confirmed'."
    )


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("NULL", "it cannot be read: "),
        ("'x'", "it cannot be read: "),
    ],
)
def test_bytes_that_are_no_event_are_seen(told, state, why):
    stores.execute(
        told,
        f"UPDATE stored_events SET state = {state} "
        f"WHERE originator_id = '{STREAM}' AND originator_version = 2",
    )

    assert words(told)[0].startswith(f"booking-123, version 2 (position 3): {why}")


def test_an_unknown_tag_is_told_with_its_place(told):
    stories.rewrite(told, STREAM, 2, b"booking.confirmed", b"booking.blessed")

    assert words(told)[0] == (
        "booking-123, version 2 (position 3): this release does not know the tag "
        "booking.blessed; a newer one wrote it."
    )


def test_a_stream_of_another_name_is_told(told):
    stores.execute(
        told,
        "UPDATE stored_events SET originator_id = 'booking-0123' "
        f"WHERE originator_id = '{CANCELLED}'",
    )

    assert words(told)[0] == "booking-0123: no stream has such a name."


def test_of_many_differences_the_first_are_told_and_all_are_counted(told):
    stores.execute(told, "UPDATE booking SET revision = 99")

    with stores.snapshot(told) as snapshot:
        report = verify(snapshot, most=2)

    assert report.found == len(stories.BOOKINGS)
    assert len(report.differences) == 2
    assert not report.is_sound


def test_a_decision_that_its_policy_does_not_lead_to_is_named(store_url):
    decision = replace(ASKED_FOR_FRIDAY.decision, verdict=Verdict.ALLOW)
    forged = replace(MOVED_TO_FRIDAY, decision=decision)
    added = lived.of_workshop(ORG_NR, ADDED)
    booked = [lived.of_booking(BOOKING_ID, event) for event in (PLACED, forged)]
    lived.store(store_url, [added, *booked])

    assert only(store_url) == (
        f"{STREAM}, version 2: its decision is ALLOW, and judged again by policy "
        "version 1 it comes out otherwise."
    )
