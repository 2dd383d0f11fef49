"""The body of PUT, by itself: contract section 2."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application import intent
from application.checks import InvalidBody
from application.intent import WantedMessage, WantedUpload
from domain import commands
from domain.identity import Actor, Role
from domain.personal import Reason, Words

UPLOAD = "0194a1b2-0000-7000-8000-00000000000a"
OTHER_UPLOAD = "0194a1b2-0000-7000-8000-00000000000b"
MEMBERS: dict[str, object] = {
    "service_start_time": "2026-02-12T10:00:00Z",
    "status": "CANCELLED",
    "cancellation_reason": "No longer needed",
    "attachments": [{"upload_id": UPLOAD}],
    "message": {"text": "Hello"},
}
COMBINATIONS = [names for size in range(6) for names in combinations(MEMBERS, size)]
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
OWNER = Actor(role=Role.OWNER, id="owner-1")


def parse(body: object) -> intent.Intent:
    return intent.parse(msgspec.json.decode(msgspec.json.encode(body)))


def errors_of(body: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidBody) as caught:
        parse(body)
    return {(error.pointer, error.code) for error in caught.value.errors}


def expected_errors(names: tuple[str, ...]) -> set[tuple[str, str]]:
    if not names:
        return {("", "nothing_to_do")}
    if {"service_start_time", "status"} <= set(names):
        return {("", "conflicting_actions")}
    if "cancellation_reason" in names and "status" not in names:
        return {("/cancellation_reason", "reason_without_cancel")}
    return set()


def test_seventeen_of_the_thirty_two_combinations_are_wrong():
    wrong = [names for names in COMBINATIONS if expected_errors(names)]

    assert (len(COMBINATIONS), len(wrong)) == (32, 17)


@pytest.mark.parametrize("names", COMBINATIONS, ids="+".join)
def test_each_combination_is_right_or_wrong_whatever_the_booking(names):
    body = {name: MEMBERS[name] for name in names}

    if expected := expected_errors(names):
        assert errors_of(body) == expected
    else:
        wanted = parse(body)
        assert (wanted.start is not None) == ("service_start_time" in names)
        assert wanted.cancel == ("status" in names)
        assert (wanted.reason is not None) == ("cancellation_reason" in names)
        assert bool(wanted.attachments) == ("attachments" in names)
        assert (wanted.message is not None) == ("message" in names)


def test_the_published_example_has_four_errors():
    example = {
        "service_start_time": "2026-02-12T10:00:00Z",
        "status": "string_value",
        "cancellation_reason": 59.9139,
        "attachments": [{}],
        "message": {},
    }

    assert errors_of(example) == {
        ("/status", "status_not_settable"),
        ("/cancellation_reason", "type"),
        ("/attachments/0/upload_id", "required"),
        ("/message/text", "required"),
    }


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-12T10:00:00Z", datetime(2026, 2, 12, 10, tzinfo=UTC)),
        ("2026-02-12T10:00:00.000Z", datetime(2026, 2, 12, 10, tzinfo=UTC)),
        ("2026-02-12T10:00:00+01:30", datetime(2026, 2, 12, 8, 30, tzinfo=UTC)),
        ("2026-02-12T10:00:00-05:00", datetime(2026, 2, 12, 15, tzinfo=UTC)),
        ("2026-02-12T10:00:00-00:00", datetime(2026, 2, 12, 10, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("1999-12-31T23:00:00-01:00", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2100-12-31T23:59:00Z", datetime(2100, 12, 31, 23, 59, tzinfo=UTC)),
        ("2028-02-29T10:00:00Z", datetime(2028, 2, 29, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_rfc_3339_in_whole_minutes_and_kept_in_utc(text, instant):
    start = parse({"service_start_time": text}).start

    assert start == instant
    assert start is not None
    assert start.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-12",
        "2026-02-12T10:00Z",
        "2026-02-12T10:00:00",
        "2026-02-12t10:00:00Z",
        "2026-02-12T10:00:00z",
        "2026-02-12 10:00:00Z",
        "2026-02-12T10:00:01Z",
        "2026-02-12T10:00:00.001Z",
        "2026-02-12T10:00:00.Z",
        "2026-02-12T10:00:60Z",
        "2026-02-12T24:00:00Z",
        "2026-02-12T10:60:00Z",
        "2026-02-30T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-02-12T10:00:00+24:00",
        "2026-02-12T10:00:00+01:60",
        "2026-02-12T10:00:00+0100",
        "2026-02-12T10:00:00Z\n",
        " 2026-02-12T10:00:00Z",
        "２０２６-02-12T10:00:00Z",  # noqa: RUF001
        "1999-12-31T23:59:00Z",
        "2000-01-01T00:00:00+00:01",
        "2101-01-01T00:00:00Z",
        "2100-12-31T23:59:00-00:01",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:00-12:00",
        "0001-01-01T00:00:00+14:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_any_other_time_is_wrong(text):
    assert errors_of({"service_start_time": text}) == {
        ("/service_start_time", "format")
    }


@pytest.mark.parametrize("value", [0, 1.5, True, None, [], {}])
@pytest.mark.parametrize("name", ["service_start_time", "status", "message"])
def test_nothing_is_coerced_and_null_is_no_value(name, value):
    if (name, value) == ("message", {}):
        assert errors_of({name: value}) == {("/message/text", "required")}
    else:
        assert errors_of({name: value}) == {(f"/{name}", "type")}


@pytest.mark.parametrize("body", [None, 1, "x", [], [{}], True])
def test_a_body_is_an_object(body):
    assert errors_of(body) == {("", "type")}


def test_unknown_members_are_errors_with_escaped_pointers():
    body = {
        "a/b~c": 1,
        "message": {"text": "Hi", "mood": "good"},
        "attachments": [{"upload_id": UPLOAD, "size": 1}],
    }

    assert errors_of(body) == {
        ("/a~1b~0c", "unknown_member"),
        ("/message/mood", "unknown_member"),
        ("/attachments/0/size", "unknown_member"),
    }


def test_the_last_of_duplicate_members_counts():
    body = b'{"message": {"text": "first"}, "message": {"text": "last"}}'

    assert intent.parse(msgspec.json.decode(body)).message == WantedMessage(text="last")


def test_line_ends_become_newlines_and_outer_white_space_goes():
    wanted = parse({"message": {"text": "\u2003\r\n one\r\ntwo\rthree\t\n\u00a0"}})

    assert wanted.message == WantedMessage(text="one\ntwo\nthree")


@pytest.mark.parametrize(
    "text", ["\u0000", "a\u0007b", "a\u009fb", "\u001ca", "a\u0085"]
)
def test_control_characters_are_wrong(text):
    assert errors_of({"message": {"text": text}}) == {("/message/text", "format")}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"message": {"text": " \n "}}, "/message/text"),
        ({"message": {"text": "x" * 4001}}, "/message/text"),
        ({"status": "CANCELLED", "cancellation_reason": ""}, "/cancellation_reason"),
        (
            {"status": "CANCELLED", "cancellation_reason": "x" * 501},
            "/cancellation_reason",
        ),
        ({"attachments": []}, "/attachments"),
        ({"attachments": [{"upload_id": UPLOAD}] * 11}, "/attachments"),
        (
            {"attachments": [{"upload_id": UPLOAD, "caption": "x" * 201}]},
            "/attachments/0/caption",
        ),
    ],
)
def test_lengths_have_bounds(body, pointer):
    assert errors_of(body) == {(pointer, "length")}


def test_lengths_count_code_points_after_trimming():
    longest = "\U0001f697" * 4000

    wanted = parse({"message": {"text": f"  {longest}\r\n"}})

    assert wanted.message == WantedMessage(text=longest)


def test_ids_are_uuids_in_any_case():
    wanted = parse(
        {
            "attachments": [{"upload_id": UPLOAD.upper(), "caption": " A dent "}],
            "message": {"text": "Hi", "client_message_id": OTHER_UPLOAD},
        }
    )

    assert wanted.attachments == (
        WantedUpload(upload_id=UUID(UPLOAD), caption="A dent"),
    )
    assert wanted.message == WantedMessage(
        text="Hi", client_message_id=UUID(OTHER_UPLOAD)
    )


def test_an_id_of_another_type_is_wrong():
    assert errors_of({"attachments": [{"upload_id": 5}]}) == {
        ("/attachments/0/upload_id", "type")
    }


@pytest.mark.parametrize("text", ["", "123", "{" + UPLOAD + "}", UPLOAD + "\n"])
def test_anything_else_is_no_id(text):
    assert errors_of({"attachments": [{"upload_id": text}]}) == {
        ("/attachments/0/upload_id", "format")
    }


def test_an_upload_is_named_once():
    body = {
        "attachments": [
            {"upload_id": UPLOAD},
            {"upload_id": OTHER_UPLOAD},
            {"upload_id": UPLOAD.upper()},
        ]
    }

    assert errors_of(body) == {("/attachments/2/upload_id", "duplicate")}


def test_combinations_wait_until_every_member_is_right():
    body = {"cancellation_reason": "x", "service_start_time": "soon"}

    assert errors_of(body) == {("/service_start_time", "format")}


@pytest.mark.parametrize("body", [{"attachments": "x"}, {"attachments": ["x"]}])
def test_attachments_are_objects_in_an_array(body):
    pointer = "/attachments" if body["attachments"] == "x" else "/attachments/0"

    assert errors_of(body) == {(pointer, "type")}


def test_text_of_another_type_is_wrong():
    assert errors_of({"message": {"text": 1}}) == {("/message/text", "type")}


def test_the_action_comes_before_the_message_beside_it():
    ids = iter(UUID(int=number) for number in range(1, 9))
    wanted = parse(
        {
            "status": "CANCELLED",
            "cancellation_reason": "Sold",
            "attachments": [{"upload_id": UPLOAD}],
            "message": {"text": "Sorry"},
        }
    )

    assert intent.wishes(wanted, AT, OWNER, lambda: next(ids)) == (
        commands.Cancel(
            at=AT,
            by=OWNER,
            change_request_id=UUID(int=1),
            personal=Reason(reason="Sold"),
        ),
        commands.AppendMessage(
            at=AT,
            by=OWNER,
            message_id=UUID(int=2),
            uploads=(UUID(UPLOAD),),
            personal=Words(text="Sorry", captions=(None,)),
        ),
    )


def test_attachments_alone_are_a_message_without_text():
    (wish,) = intent.wishes(
        parse({"attachments": [{"upload_id": UPLOAD, "caption": "Dent"}]}),
        AT,
        OWNER,
        lambda: UUID(int=1),
    )

    assert isinstance(wish, commands.AppendMessage)
    assert wish.personal == Words(text=None, captions=("Dent",))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
near_bodies = st.dictionaries(
    st.sampled_from([*MEMBERS, "other"]),
    st.sampled_from([*MEMBERS.values(), None, "x" * 5000]) | json_values,
)


@given(near_bodies | json_values)
def test_every_json_is_an_intent_or_invalid(body):
    try:
        wanted = parse(body)
    except InvalidBody as invalid:
        assert invalid.errors  # noqa: PT017
    else:
        assert intent.wishes(wanted, AT, OWNER, lambda: UUID(int=1))
