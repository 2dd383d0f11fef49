"""Every body that is sent: one that is right, and what each corruption of it is told.

The checks and the documentation are both held to it.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from adapters.http import schemas
from application import intent, placing, policies, rulings, steps, uploading

Body = dict[str, Any]
ID = "0194A1B2-0000-7000-8000-00000000000a"
TIME = "2026-02-12T10:00:00+01:00"
DROPPED = object()
"""In place of a value: the member is not there."""


class Corruption(msgspec.Struct, frozen=True, kw_only=True):
    """`value` at the path `at` gets `code`, at the pointer `told`.

    `shown`: the documentation shows that it is wrong, too.
    """

    at: tuple[str | int, ...]
    value: Any
    code: str
    told: str
    shown: bool = True


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of body; `full` has every member, `required` names those it must have."""

    name: str
    parse: Callable[[Any], Any]
    schema: type
    full: Body
    required: tuple[str, ...]
    corruptions: tuple[Corruption, ...]

    def corrupted(self, corruption: Corruption) -> Body:
        """Return the body with just this wrong."""
        body = copy.deepcopy(self.full)
        inner: Any = body
        *way, last = corruption.at
        for step in way:
            inner = inner[step]
        if corruption.value is DROPPED:
            del inner[last]
        else:
            inner[last] = corruption.value
        return body


def wrong(
    pointer: str, code: str, *values: Any, told: str | None = None, shown: bool = True
) -> Iterator[Corruption]:
    """Yield a corruption for each of `values` at `pointer`."""
    at = tuple(int(part) if part.isdigit() else part for part in pointer[1:].split("/"))
    for value in values:
        yield Corruption(
            at=at,
            value=value,
            code=code,
            told=pointer if told is None else told,
            shown=shown,
        )


def of_text(pointer: str, most: int, *, least: int = 1) -> Iterator[Corruption]:
    """Yield what no text of `least` to `most` characters is."""
    yield from wrong(pointer, "type", 5, True, None, ["x"], {})
    yield from wrong(pointer, "length", "x" * (most + 1))
    yield from wrong(pointer, "format", "a\u0000b", "\u0085a", "a\u001b[0m")
    if least:
        yield from wrong(pointer, "length", "", " \n\t")


def of_line(pointer: str, most: int) -> Iterator[Corruption]:
    yield from of_text(pointer, most)
    yield from wrong(pointer, "format", "a\nb", "a\tb", "a\u2028b", "a\rb")


def of_integer(pointer: str, least: int, most: int) -> Iterator[Corruption]:
    yield from wrong(pointer, "type", "5", 5.0, True, None, [5], 1e300)
    yield from wrong(pointer, "format", least - 1, most + 1, 10**30)


def of_choice(pointer: str, *values: str) -> Iterator[Corruption]:
    yield from wrong(pointer, "type", 5, None, [values[0]])
    yield from wrong(pointer, "format", "", "MAYBE", f"{values[0]} ")
    yield from wrong(pointer, "format", *(value.swapcase() for value in values))


def of_time(pointer: str) -> Iterator[Corruption]:
    yield from wrong(pointer, "type", 0, None, 1771000000.0)
    yield from wrong(pointer, "format", "", "2026-02-12T10:00:00", "2026-02-12")
    yield from wrong(
        pointer,
        "format",
        "2026-02-12T10:00:01Z",
        "9999-12-31T23:59:00-12:00",
        "2026-02-12T10:00:00.0000001Z",
        "2026-02-30T10:00:00Z",
        shown=False,
    )


def of_uuid(pointer: str) -> Iterator[Corruption]:
    yield from wrong(pointer, "type", 5, None)
    yield from wrong(pointer, "format", "", "x", f"{ID}0")


def of_object(pointer: str) -> Iterator[Corruption]:
    yield from wrong(pointer, "type", 5, None, "x", [])
    yield from wrong(f"{pointer}/extra", "unknown_member", 5)


def of_message() -> Iterator[Corruption]:
    yield from of_object("/message")
    yield from wrong("/message/text", "required", DROPPED)
    yield from of_text("/message/text", 4000)
    yield from of_uuid("/message/client_message_id")


def of_booking() -> Iterator[Corruption]:
    yield from of_integer("/org_nr", 100_000_000, 999_999_999)
    yield from of_integer("/service_id", 1, 2**31 - 1)
    yield from of_time("/service_start_time")
    yield from of_object("/vehicle")
    yield from wrong("/vehicle/plate", "required", DROPPED)
    yield from of_line("/vehicle/plate", 20)
    yield from of_line("/vehicle/make", 100)
    yield from of_line("/vehicle/model", 100)
    yield from of_integer("/vehicle/year", 1886, 2100)
    yield from of_uuid("/group_id")
    yield from of_message()


BOOKING: Body = {
    "org_nr": 313001083,
    "service_id": 1,
    "service_start_time": TIME,
    "vehicle": {"plate": "AB 12345", "make": "Volvo", "model": "240", "year": 1988},
    "message": {"text": "Hello.", "client_message_id": ID},
    "group_id": ID,
}
_BOOKING_NEEDS = ("org_nr", "service_id", "service_start_time", "vehicle")
POLICY: Body = copy.deepcopy(
    schemas.EXAMPLES[schemas.PolicyDocument]["policy"] | {"version": 3}
)


def of_policy(within: str = "") -> Iterator[Corruption]:
    """Yield what is wrong in a policy, wherever it stands."""
    yield from wrong(f"{within}/time_zone", "format", "Mars/Base", shown=False)
    yield from wrong(f"{within}/time_zone", "type", 1, None)
    yield from wrong(f"{within}/time_zone", "required", DROPPED)
    yield from wrong(f"{within}/time_zone", "format", "a\u0000b", shown=False)
    yield from wrong(f"{within}/bays", "type", "2", 2.0, True, None)
    yield from wrong(f"{within}/bays", "format", 0, shown=False)
    yield from wrong(f"{within}/version", "type", "3", None)
    yield from wrong(f"{within}/version", "format", 0)
    yield from wrong(f"{within}/services", "length", [], shown=False)
    yield from wrong(f"{within}/services/0/id", "type", "1")
    yield from wrong(f"{within}/services/0/name", "required", DROPPED)
    yield from wrong(f"{within}/services/0/name", "format", "a\u0000b", shown=False)
    yield from wrong(f"{within}/services/0/price", "unknown_member", 1)
    yield from wrong(f"{within}/opening_hours/monday", "unknown_member", [])
    hours = f"{within}/opening_hours/mon"
    yield from wrong(f"{hours}/0", "length", ["08:00"], [])
    yield from wrong(f"{hours}/0", "type", "08:00-12:00")
    yield from wrong(f"{hours}/0/0", "type", 8)
    overlapping = [["08:00", "12:00"], ["11:00", "16:00"]]
    yield from wrong(hours, "format", overlapping, told=f"{hours}/1", shown=False)
    yield from wrong(f"{within}/holidays/0", "format", "25.12.2026", shown=False)
    yield from wrong(f"{within}/price_bands/0/from", "required", DROPPED)
    yield from wrong(f"{within}/rules/cancel_notice/effect", "format", "MAYBE")
    yield from wrong(f"{within}/rules/cancel_notice/effect", "type", 1, None)
    yield from wrong(f"{within}/rules/reason/required", "type", 1, "true")
    yield from wrong(f"{within}/rules/luck", "unknown_member", {})


SENT = (
    Sent(
        name="an owner's PUT",
        parse=intent.parse,
        schema=schemas.Change,
        full={
            "status": "CANCELLED",
            "cancellation_reason": "Sold.",
            "attachments": [{"upload_id": ID, "caption": "A dent."}],
            "message": {"text": "Hello.", "client_message_id": ID},
        },
        required=(),
        corruptions=(
            *wrong("/status", "status_not_settable", "PENDING", "cancelled", ""),
            *wrong("/status", "type", 5, None),
            *wrong(
                "/status",
                "reason_without_cancel",
                DROPPED,
                told="/cancellation_reason",
                shown=False,
            ),
            *wrong(
                "/service_start_time",
                "conflicting_actions",
                TIME,
                told="",
                shown=False,
            ),
            *of_text("/cancellation_reason", 500),
            *wrong("/attachments", "type", 5, None, {}, "x"),
            *wrong("/attachments", "length", [], [{"upload_id": ID}] * 11),
            *wrong("/attachments/0", "type", 5, None, ID),
            *wrong("/attachments/0/upload_id", "required", DROPPED),
            *of_uuid("/attachments/0/upload_id"),
            *of_text("/attachments/0/caption", 200, least=0),
            *wrong(
                "/attachments",
                "duplicate",
                [{"upload_id": ID}, {"upload_id": ID.lower()}],
                told="/attachments/1/upload_id",
                shown=False,
            ),
            *of_message(),
        ),
    ),
    Sent(
        name="a workshop's PUT",
        parse=intent.parse_workshops,
        schema=schemas.WorkshopChange,
        full={
            "service_start_time": TIME,
            "override": {"reason": "There is no other day."},
            "message": {"text": "Hello.", "client_message_id": ID},
        },
        required=(),
        corruptions=(
            *of_time("/service_start_time"),
            *wrong(
                "/service_start_time",
                "override_without_move",
                DROPPED,
                told="/override",
                shown=False,
            ),
            *of_object("/override"),
            *wrong("/override/reason", "required", DROPPED),
            *of_text("/override/reason", 500),
            *wrong("/attachments", "unknown_member", [{"upload_id": ID}]),
            *of_message(),
        ),
    ),
    Sent(
        name="an owner's POST of a booking",
        parse=placing.parse,
        schema=schemas.NewBooking,
        full=BOOKING,
        required=_BOOKING_NEEDS,
        corruptions=(*of_booking(), *wrong("/owner_id", "unknown_member", "kari")),
    ),
    Sent(
        name="a workshop's POST of a booking",
        parse=placing.parse_workshops,
        schema=schemas.NewBookingForOwner,
        full=BOOKING | {"owner_id": "kari nordmann"},
        required=(*_BOOKING_NEEDS, "owner_id"),
        corruptions=(
            *of_booking(),
            *wrong("/owner_id", "type", 5, None),
            *wrong("/owner_id", "length", "", "x" * 256),
            *wrong("/owner_id", "format", "a\nb", "a\u0000b", "a\u202eb"),
        ),
    ),
    Sent(
        name="a message",
        parse=steps.parse_message,
        schema=schemas.WantedMessage,
        full={"text": "Hello.", "client_message_id": ID},
        required=("text",),
        corruptions=(*of_text("/text", 4000), *of_uuid("/client_message_id")),
    ),
    Sent(
        name="a workshop's cancel",
        parse=steps.parse_cancel,
        schema=schemas.Cancellation,
        full={"reason": "The lift is broken."},
        required=("reason",),
        corruptions=tuple(of_text("/reason", 500)),
    ),
    Sent(
        name="a status",
        parse=steps.parse_step,
        schema=schemas.StatusStep,
        full={"id": 123, "status": "NO_SHOW"},
        required=("id",),
        corruptions=(
            *of_integer("/id", 1, 10**18 - 1),
            *of_choice("/status", "NO_SHOW", "IN_PROGRESS"),
            *wrong("/status", "format", "COMPLETED", "CANCELLED", "PARTS_ORDERED"),
            *wrong("/status", "nothing_to_do", DROPPED, told=""),
            *wrong("/mark", "conflicting_actions", "PARTS_ORDERED", told=""),
        ),
    ),
    Sent(
        name="a mark",
        parse=steps.parse_step,
        schema=schemas.MarkStep,
        full={"id": 123, "mark": "PARTS_ORDERED"},
        required=("id",),
        corruptions=tuple(of_choice("/mark", "PARTS_ORDERED", "VEHICLE_RECEIVED")),
    ),
    Sent(
        name="an owner's reply",
        parse=rulings.parse_reply,
        schema=schemas.Reply,
        full={"decision": "decline", "note": "Too late."},
        required=("decision",),
        corruptions=(
            *of_choice("/decision", "accept", "decline"),
            *wrong("/decision", "format", "approve"),
            *of_text("/note", 500),
            *wrong("/proposed_start_time", "unknown_member", TIME),
        ),
    ),
    Sent(
        name="an approval",
        parse=rulings.parse_ruling,
        schema=schemas.Approve,
        full={"decision": "approve", "note": "Gladly."},
        required=("decision",),
        corruptions=(
            *of_choice("/decision", "approve", "reject", "counter"),
            *wrong("/decision", "format", "accept"),
            *of_text("/note", 500),
            *wrong("/proposed_start_time", "unknown_member", TIME),
        ),
    ),
    Sent(
        name="a rejection",
        parse=rulings.parse_ruling,
        schema=schemas.Reject,
        full={"decision": "reject", "note": "The parts are here."},
        required=("decision", "note"),
        corruptions=(
            *of_text("/note", 500),
            *wrong("/proposed_start_time", "unknown_member", TIME),
        ),
    ),
    Sent(
        name="a counter",
        parse=rulings.parse_ruling,
        schema=schemas.Counter,
        full={
            "decision": "counter",
            "note": "Or then?",
            "proposed_start_time": TIME,
        },
        required=("decision", "proposed_start_time"),
        corruptions=(*of_text("/note", 500), *of_time("/proposed_start_time")),
    ),
    Sent(
        name="an upload",
        parse=uploading.parse,
        schema=schemas.UploadAnnounced,
        full={"name": "a dent.jpg", "size": 1, "sha256": "aB" * 32},
        required=("size",),
        corruptions=(
            *of_line("/name", 255),
            *wrong("/name", "format", "../passwd", "/etc/passwd", "c:\\x", "..", " ."),
            *of_integer("/size", 1, 2**53 - 1),
            *wrong("/sha256", "type", 5, None),
            *wrong("/sha256", "format", "", "ab" * 31, "ab" * 33, "xy" * 32),
        ),
    ),
    Sent(
        name="a policy",
        parse=policies.parse,
        schema=schemas.PolicyDocument,
        full=POLICY,
        required=("time_zone",),
        corruptions=tuple(of_policy()),
    ),
    Sent(
        name="a simulation",
        parse=policies.parse_simulation,
        schema=schemas.Simulation,
        full={
            "policy": POLICY,
            "from": "2026-01-01T00:00:00.5Z",
            "to": "2026-02-01T00:00:59+01:00",
        },
        required=("policy", "from", "to"),
        corruptions=(
            *of_policy("/policy"),
            *wrong("/policy", "type", 5, None, []),
            *wrong("/from", "type", 5, None),
            *wrong("/from", "format", "2026-01-01", "2026-01-01T00:00:00"),
            *wrong("/to", "format", "2026-01-01T00:00:00.500Z", shown=False),
            *wrong("/to", "format", "1999-01-01T00:00:00Z", shown=False),
        ),
    ),
)
CORRUPTIONS = [(sent, wrong) for sent in SENT for wrong in sent.corruptions]
