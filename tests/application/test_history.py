"""A booking's history: every event is explained in the words of its body."""

from collections.abc import Sequence

import msgspec
import pytest

from application import history, opening
from application.queries import Logged
from domain import events
from domain.identity import Role
from domain.personal import Note, Reason, Words
from domain.structs import replace
from tests import lived
from tests.examples import (
    ACCEPTED,
    APPROVED,
    APPROVED_CANCEL,
    ASKED_FOR_FRIDAY,
    ASKED_TO_CANCEL,
    BOOKING_ID,
    CALL,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    COUNTERED_WITH_SATURDAY,
    DECLINED,
    ERASED,
    EXPIRED,
    FRIDAY,
    LATE,
    MANAGER,
    MISSED,
    MOVED_TO_FRIDAY,
    ORG_NR,
    OWNER,
    PARTS_ORDERED,
    PLACED,
    POLICY,
    REJECTED,
    REQUEST,
    SAID_HELLO,
    SERVICE,
    STAFF,
    STARTED,
    SUPERSEDED,
    VEHICLE_RECEIVED,
    WITHDRAWN,
    slot,
)

ADDED = lived.of_workshop(
    ORG_NR, events.WorkshopAdded(org_nr=ORG_NR, name="Verksted", policy=POLICY)
)
OVERRIDDEN = events.Rescheduled(
    service=SERVICE,
    slot=slot(FRIDAY),
    decision=ASKED_FOR_FRIDAY.decision,
    override=True,
    personal=Reason(reason="The lift is broken."),
)


def logged(*happened: events.BookingEvent, by=STAFF) -> Logged:
    """Return what a reader finds of a booking of which that is the story."""
    placed = lived.of_booking(BOOKING_ID, PLACED)
    later = [lived.of_booking(BOOKING_ID, event, at=LATE, by=by) for event in happened]
    return lived.written([ADDED, placed, *later]).logged(BOOKING_ID)


def entries(
    found: Logged, *, after=0, named=history.TO_WORKSHOPS, opens=None
) -> Sequence[history.Entry]:
    booking = found.seen.stored.booking
    opens = opens or opening.opener(booking, found.seen.owner_key, lived.VAULT)
    return history.entries(found, opens, after=after, named=named)


def last(*happened: events.BookingEvent, by=STAFF) -> history.Entry:
    return entries(logged(*happened, by=by))[-1]


def changes(entry: history.Entry):
    return {change.field: (change.from_, change.to) for change in entry.changes}


def test_an_entry_says_what_happened_when_and_by_whom():
    placed, confirmed = entries(logged(CONFIRMED))

    assert (placed.version, placed.position, placed.type) == (
        1,
        "1:2",
        "booking.placed",
    )
    assert (confirmed.at, confirmed.request_id) == (LATE, CALL)
    assert confirmed.actor == history.ActorBody(role=Role.STAFF, id=STAFF.id)
    assert changes(confirmed) == {"status": ("PENDING", "CONFIRMED")}
    assert (confirmed.policy_decision, confirmed.change_request_id) == (None, None)


def test_an_owner_sees_roles_and_no_ids():
    told = entries(logged(CONFIRMED), named=history.TO_OWNERS)

    assert [entry.actor for entry in told] == [
        history.ActorBody(role=Role.OWNER, id=None),
        history.ActorBody(role=Role.STAFF, id=None),
    ]


def test_the_first_entry_has_the_whole_booking():
    placed = changes(last())

    assert placed["service_start_time"] == (None, "2026-06-04T08:00:00Z")
    assert placed["vehicle"][1]["plate"] == "AB12345"
    assert placed["workshop"] == (None, {"org_nr": ORG_NR, "name": "Verksted"})
    assert not {"marks", "cancellation", "pending_change_request"} & placed.keys()


def test_a_move_is_told_with_its_decision():
    moved = last(MOVED_TO_FRIDAY, by=OWNER)

    assert changes(moved) == {
        "service_start_time": ("2026-06-04T08:00:00Z", "2026-06-05T08:00:00Z"),
        "service_end_time": ("2026-06-04T09:00:00Z", "2026-06-05T09:00:00Z"),
        "reschedule_count": (0, 1),
    }
    assert moved.policy_decision == MOVED_TO_FRIDAY.decision
    assert moved.override is None


def test_an_override_is_told_with_its_reason_and_the_decision_that_it_passed_by():
    moved = last(CONFIRMED, OVERRIDDEN, by=MANAGER)

    assert moved.override == history.OverrideBody(reason="The lift is broken.")
    assert moved.policy_decision == OVERRIDDEN.decision
    assert "reschedule_count" not in changes(moved)


def test_a_cancel_is_told_with_its_reason():
    told = changes(last(CANCELLED, by=OWNER))

    assert told["status"] == ("PENDING", "CANCELLED")
    assert told["cancellation"][1]["reason"] == "Sold the car."


@pytest.mark.parametrize(
    ("happened", "field", "change"),
    [
        ([CONFIRMED, STARTED], "status", ("CONFIRMED", "IN_PROGRESS")),
        ([CONFIRMED, STARTED, COMPLETED], "status", ("IN_PROGRESS", "COMPLETED")),
        ([CONFIRMED, MISSED], "status", ("CONFIRMED", "NO_SHOW")),
        ([CONFIRMED, PARTS_ORDERED], "marks", (None, ("PARTS_ORDERED",))),
        (
            [CONFIRMED, PARTS_ORDERED, VEHICLE_RECEIVED],
            "marks",
            (("PARTS_ORDERED",), ("PARTS_ORDERED", "VEHICLE_RECEIVED")),
        ),
    ],
)
def test_a_step_changes_one_field(happened, field, change):
    assert changes(last(*happened)) == {field: change}


def test_a_request_comes_as_a_whole():
    asked = last(CONFIRMED, ASKED_FOR_FRIDAY, by=OWNER)

    request = changes(asked)["pending_change_request"][1]
    assert request["to"]["start"] == "2026-06-05T08:00:00Z"
    assert request["blocked_by"] == ("reschedule_notice",)
    assert asked.change_request_id == REQUEST
    assert asked.policy_decision == ASKED_FOR_FRIDAY.decision


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (SUPERSEDED, "SUPERSEDED"),
        (REJECTED, "REJECTED"),
        (WITHDRAWN, "WITHDRAWN"),
        (EXPIRED, "EXPIRED"),
        (APPROVED, "APPROVED"),
    ],
)
def test_a_request_goes_with_what_became_of_it(answer, status):
    told = last(CONFIRMED, ASKED_FOR_FRIDAY, answer)

    assert changes(told)["pending_change_request.status"] == ("PENDING", status)
    assert told.change_request_id == REQUEST


def test_a_rejection_is_told_with_its_note():
    told = changes(last(CONFIRMED, ASKED_FOR_FRIDAY, REJECTED))

    decision = told["pending_change_request.decision"][1]
    assert decision["by"] == {"role": "staff"}
    assert Note(note=decision["note"]) == REJECTED.personal


def test_a_counter_changes_the_request_and_its_acceptance_the_booking():
    *_before, countered, accepted = entries(
        logged(CONFIRMED, ASKED_FOR_FRIDAY, COUNTERED_WITH_SATURDAY, ACCEPTED)
    )

    assert changes(countered)["pending_change_request.status"] == (
        "PENDING",
        "COUNTERED",
    )
    counter = changes(countered)["pending_change_request.counter"][1]
    assert counter["start"] == "2026-06-06T08:00:00Z"
    assert changes(accepted)["service_start_time"] == (
        "2026-06-04T08:00:00Z",
        "2026-06-06T08:00:00Z",
    )
    assert changes(accepted)["pending_change_request.status"] == (
        "COUNTERED",
        "APPROVED",
    )


def test_an_approved_cancel_is_the_owners_with_the_requests_reason():
    told = changes(last(CONFIRMED, ASKED_TO_CANCEL, APPROVED_CANCEL))

    assert told["status"] == ("CONFIRMED", "CANCELLED")
    assert told["cancellation"][1]["reason"] == "Sold the car."


def test_nothing_is_left_of_a_request_after_its_end():
    told = last(CONFIRMED, ASKED_FOR_FRIDAY, DECLINED, PARTS_ORDERED)

    assert changes(told).keys() == {"marks"}


def test_a_message_is_told_as_it_is_shown():
    said = last(replace(SAID_HELLO, change_request_id=REQUEST), by=OWNER)

    ((field, (before, message)),) = changes(said).items()
    assert (field, before, message["text"]) == ("message", None, "Hello.")
    assert message["author"] == {"role": "owner"}
    assert said.change_request_id == REQUEST


STORY = (
    CONFIRMED,
    SAID_HELLO,
    ASKED_FOR_FRIDAY,
    replace(SAID_HELLO, personal=Words(text="Please.")),
    APPROVED,
    PARTS_ORDERED,
    STARTED,
)


@pytest.mark.parametrize("after", range(9))
def test_a_page_says_what_the_whole_says_of_its_part(after):
    found = logged(*STORY)

    page = entries(_without_old_messages(found, after), after=after)

    assert page == entries(found)[after:]


def _without_old_messages(found: Logged, after: int) -> Logged:
    return Logged(
        found.seen,
        [
            entry
            for entry in found.entries
            if entry.version > after or entry.topic != "booking.message_appended"
        ],
    )


def texts(told) -> str:
    return msgspec.json.encode(told).decode()


@pytest.mark.parametrize(
    "key", [None, lived.VAULT.new_key(OWNER.id)], ids=["no key", "a new key"]
)
def test_what_was_erased_is_null_whatever_key_there_is_now(key):
    found = logged(CONFIRMED, SAID_HELLO, CANCELLED, ERASED)
    seen = replace(found.seen, owner_key=key)

    told = entries(Logged(seen, found.entries))

    assert told[-1].type == "booking.erased"
    assert told[-1].changes == ()
    for word in ("AB12345", "Hello.", "Sold the car."):
        assert word in texts(entries(logged(CONFIRMED, SAID_HELLO, CANCELLED)))
        assert word not in texts(told)


def test_to_an_auditor_what_is_personal_is_masked():
    found = logged(CONFIRMED, OVERRIDDEN, SAID_HELLO)

    masked = opening.masked(found.seen.stored.booking)
    told = entries(found, opens=masked, named=history.TO_AUDITORS)

    assert "AB12345" not in texts(told)
    assert "Hello." not in texts(told)
    assert told[2].override == history.OverrideBody(reason=None)
    assert [entry.actor.id for entry in told] == [None, *(3 * (STAFF.id,))]
