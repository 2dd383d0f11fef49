"""Bodies by themselves: what is right is read, and each wrong thing has its name."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from application import intent, placing, policies, rulings, steps, uploading
from application.checks import InvalidBody
from domain import commands, events
from domain.events import Mark
from domain.personal import Note, Plate, Reason, Words
from tests.examples import MANAGER, MONDAY, OWNER, STAFF, uuid
from tests.sent import CORRUPTIONS, ID, POLICY, SENT, Body, Corruption, Sent

_NAMES = [sent.name for sent in SENT]


def through_json(value: object) -> object:
    return msgspec.json.decode(msgspec.json.encode(value))


def told(sent: Sent, body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as caught:
        sent.parse(through_json(body))
    return [(error.pointer, error.code) for error in caught.value.errors]


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
def test_a_body_with_every_member_is_right(sent: Sent):
    assert sent.parse(through_json(sent.full)) is not None


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
def test_what_need_not_be_there_may_be_left_out(sent: Sent):
    for name in sent.full.keys() - set(sent.required):
        body = {k: v for k, v in sent.full.items() if k != name}
        if name in {"status", "mark", "service_start_time"}:
            continue  # Without these others have no sense.
        assert sent.parse(through_json(body)) is not None


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
def test_what_must_be_there_is_missed(sent: Sent):
    for name in sent.required:
        body = {k: v for k, v in sent.full.items() if k != name}
        assert told(sent, body) == [(f"/{name}", "required")]


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
@pytest.mark.parametrize("body", [None, 1, "x", True, [], [{}]], ids=repr)
def test_a_body_is_an_object(sent: Sent, body: object):
    assert told(sent, body) == [("", "type")]


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
def test_an_unknown_member_is_an_error_with_an_escaped_pointer(sent: Sent):
    assert told(sent, sent.full | {"a/b~c": None}) == [("/a~1b~0c", "unknown_member")]


@pytest.mark.parametrize(("sent", "corruption"), CORRUPTIONS)
def test_each_corruption_is_told_alone_where_it_is(sent: Sent, corruption: Corruption):
    assert told(sent, sent.corrupted(corruption)) == [
        (corruption.told, corruption.code)
    ]


@given(st.data())
def test_two_corruptions_are_told_together(data: st.DataObject):
    sent = data.draw(st.sampled_from(SENT))
    types = [c for c in sent.corruptions if c.code == "type"]
    first, second = data.draw(st.tuples(*[st.sampled_from(types)] * 2))
    name = str(second.at[0])
    assume(first.at[0] != name)  # One could be inside the other.
    both = sent.corrupted(first) | {name: sent.corrupted(second)[name]}

    assert sorted(told(sent, both)) == sorted(
        [(first.told, first.code), (second.told, second.code)]
    )


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def _near(body: Body) -> st.SearchStrategy[Body]:
    """Draw bodies like this one, some members of it being anything."""
    inner = {
        name: st.just(value)
        | _json
        | (_near(value) if isinstance(value, dict) else _json)
        for name, value in body.items()
    }
    return st.fixed_dictionaries({}, optional=inner | {"other": _json})


@pytest.mark.parametrize("sent", SENT, ids=_NAMES)
@settings(max_examples=40)
@given(st.data())
def test_every_json_is_read_or_invalid(sent: Sent, data: st.DataObject):
    body = data.draw(_near(sent.full) | _json)
    try:
        found = sent.parse(through_json(body))
    except InvalidBody as invalid:
        assert invalid.errors  # noqa: PT017 - one of two right outcomes
    else:
        assert found is not None


BOOKING: Body = {
    "org_nr": 313001083,
    "service_id": 1,
    "service_start_time": "2026-06-04T10:00:00+02:00",
    "vehicle": {"plate": " AB 12345 ", "year": 1988},
}


def ids():
    drawn = iter(range(100, 200))
    return lambda: uuid(next(drawn))


def test_an_owner_books_for_themselves_in_a_group_of_its_own():
    wanted = placing.parse(BOOKING)

    assert placing.wishes(wanted, 123, MONDAY, OWNER, ids()) == (
        commands.Place(
            at=MONDAY,
            by=OWNER,
            booking_id=123,
            owner=OWNER.id,
            org_nr=313001083,
            group_id=uuid(100),
            group_given=False,
            service_id=1,
            start=datetime(2026, 6, 4, 8, tzinfo=UTC),
            vehicle=events.Vehicle(year=1988),
            personal=Plate(plate="AB 12345"),
        ),
    )


def test_a_workshop_books_for_an_owner_in_a_group_of_theirs_and_writes_to_them():
    message = {"text": "As agreed.", "client_message_id": ID}
    body = BOOKING | {"owner_id": " kari", "group_id": ID, "message": message}
    place, said = placing.wishes(
        placing.parse_workshops(body), 123, MONDAY, STAFF, ids()
    )

    assert isinstance(place, commands.Place)
    assert (place.by, place.owner) == (STAFF, " kari")
    assert (place.group_id, place.group_given) == (UUID(ID), True)
    assert said == commands.AppendMessage(
        at=MONDAY,
        by=STAFF,
        message_id=uuid(100),
        client_message_id=UUID(ID),
        personal=Words(text="As agreed."),
    )


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ({"id": 7, "status": "IN_PROGRESS"}, commands.Start(at=MONDAY, by=STAFF)),
        ({"id": 7, "status": "NO_SHOW"}, commands.RecordNoShow(at=MONDAY, by=STAFF)),
        (
            {"id": 7, "mark": "VEHICLE_RECEIVED"},
            commands.SetMark(at=MONDAY, by=STAFF, mark=Mark.VEHICLE_RECEIVED),
        ),
    ],
)
def test_a_step_is_a_command(body: Body, command: commands.BookingCommand):
    wanted = steps.parse_step(body)

    assert wanted.booking_id == 7
    assert steps.take(wanted, MONDAY, STAFF) == command


def test_a_workshops_message_and_cancel_are_commands():
    said = steps.say(steps.parse_message({"text": " Hi "}), MONDAY, STAFF, ids())
    cancelled = steps.cancel(
        steps.parse_cancel({"reason": "Broken."}), MONDAY, STAFF, ids()
    )

    assert said == (
        commands.AppendMessage(
            at=MONDAY, by=STAFF, message_id=uuid(100), personal=Words(text="Hi")
        ),
    )
    assert cancelled == commands.Cancel(
        at=MONDAY,
        by=STAFF,
        change_request_id=uuid(100),
        personal=Reason(reason="Broken."),
    )


@pytest.mark.parametrize(
    ("body", "kind", "note"),
    [
        ({"decision": "accept"}, commands.Accept, None),
        ({"decision": "decline", "note": "No."}, commands.Decline, Note(note="No.")),
    ],
)
def test_a_reply_is_a_command_on_the_request(body, kind, note):
    command = rulings.reply(rulings.parse_reply(body), uuid(5), MONDAY, OWNER)

    assert command == kind(
        at=MONDAY, by=OWNER, change_request_id=uuid(5), personal=note
    )


@pytest.mark.parametrize(
    ("body", "kind", "more"),
    [
        ({"decision": "approve"}, commands.Approve, {"personal": None}),
        (
            {"decision": "reject", "note": "No."},
            commands.Reject,
            {"personal": Note(note="No.")},
        ),
        (
            {"decision": "counter", "proposed_start_time": "2026-06-04T08:00:00Z"},
            commands.Counter,
            {"start": datetime(2026, 6, 4, 8, tzinfo=UTC), "personal": None},
        ),
    ],
)
def test_a_ruling_is_a_command_on_the_request(body, kind, more):
    command = rulings.rule(rulings.parse_ruling(body), uuid(5), MONDAY, STAFF)

    assert command == kind(at=MONDAY, by=STAFF, change_request_id=uuid(5), **more)


def test_a_policy_may_be_sent_back_as_it_was_answered():
    body = {k: v for k, v in POLICY.items() if k != "version"}

    assert policies.parse(POLICY) == policies.parse(body)
    assert POLICY["version"] == 3


def test_all_that_is_wrong_with_a_policy_is_told_at_once():
    body = {"time_zone": "Mars/Base", "bays": 0, "services": [], "version": "x"}
    with pytest.raises(InvalidBody) as caught:
        policies.parse(body)

    assert [(e.pointer, e.code) for e in caught.value.errors] == [
        ("/version", "type"),
        ("/time_zone", "format"),
        ("/bays", "format"),
        ("/services", "length"),
    ]


def test_a_hash_is_read_in_any_case():
    body = {"size": 5, "sha256": "aB" * 32}

    assert uploading.parse(body).sha256 == b"\xab" * 32


def test_a_manager_says_why_they_override():
    body = {
        "service_start_time": "2026-06-04T08:00:00Z",
        "override": {"reason": " No other day. "},
    }
    wanted = intent.parse_workshops(body)

    assert intent.wishes(wanted, MONDAY, MANAGER, ids()) == (
        commands.Reschedule(
            at=MONDAY,
            by=MANAGER,
            start=datetime(2026, 6, 4, 8, tzinfo=UTC),
            change_request_id=uuid(100),
            override=Reason(reason="No other day."),
        ),
    )
