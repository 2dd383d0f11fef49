"""The contract once more, written from its words alone and without the domain.

Times are minutes since the epoch. It knows no streams, no versions and no rows: just
what a client can be told, so that two readings of the contract are compared.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 60
DAY = 24 * HOUR


def minutes(at: datetime) -> int:
    return (at - EPOCH) // timedelta(minutes=1)


def instant(at: int) -> datetime:
    return EPOCH + timedelta(minutes=at)


@dataclass(frozen=True)
class Terms:
    """A workshop's policy, as far as it matters; Monday to Friday, 08:00 to 16:00."""

    bays: int = 1
    minutes: int = 60
    buffer: int = 0
    move_notice: int = 24
    move_effect: str = "REQUEST"
    cancel_notice: int = 24
    cancel_effect: str = "REQUEST"
    ttl: int = 48
    lead: int = 120
    horizon: int = 90
    grid: int = 15
    holiday: str = "2026-12-25"


@dataclass
class Request:
    id: str
    kind: str
    target: int | None
    bay: int | None
    until: int | None
    expires: int
    reason: str | None
    rules: list[str]


@dataclass
class Booked:
    owner: str
    org_nr: int
    start: int
    minutes: int
    buffer: int
    bay: int
    status: str = "PENDING"
    revision: int = 1
    moves: int = 0
    request: Request | None = None
    closed: dict[str, Any] | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def free_at(self) -> int:
        return self.start + self.minutes + self.buffer


@dataclass(frozen=True)
class Told:
    """What a client is told: `outcome` of a 2xx, `code` of anything else."""

    status: int
    outcome: str | None = None
    code: str | None = None
    changed: tuple[str, ...] = ()
    request: str | None = None
    message: str | None = None
    verdict: str | None = None
    revision: int | None = None


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Sent:
    """A PUT as it arrives, with the ids that it may use."""

    body: dict[str, Any]
    now: int
    new_request: str
    new_message: str

    @property
    def talks(self) -> bool:
        return "message" in self.body or "attachments" in self.body


RANK = [
    "thread_closed",
    "booking_closed",
    "upload_unusable",
    "slot_unbookable",
    "slot_taken",
    "policy_denied",
]


class Model:
    def __init__(self) -> None:
        self.terms: dict[int, list[Terms]] = {}
        self.bookings: dict[int, Booked] = {}
        self.kept: dict[tuple[str, int, str], tuple[object, Told]] = {}
        self.requests: dict[str, str] = {}

    # ---- workshops

    def add_workshop(self, org_nr: int, terms: Terms) -> None:
        self.terms[org_nr] = [terms]

    def change_policy(self, org_nr: int, terms: Terms) -> None:
        self.terms[org_nr].append(terms)

    # ---- what is free

    def held(self, org_nr: int) -> list[tuple[int, int, int, int]]:
        """Return (booking, bay, from, until) of all that is held."""
        held = []
        for number, booking in self.bookings.items():
            if booking.org_nr != org_nr or booking.status == "CANCELLED":
                continue
            held.append((number, booking.bay, booking.start, booking.free_at))
            wish = booking.request
            if wish and wish.target is not None:
                assert wish.bay is not None
                assert wish.until is not None
                held.append((number, wish.bay, wish.target, wish.until))
        return held

    def slot(self, number: int, org_nr: int, start: int, now: int) -> int:
        """Return the bay for `start`, or refuse."""
        terms = self.terms[org_nr][-1]
        if not bookable(start, terms, now):
            raise Refused("slot_unbookable")
        until = start + terms.minutes + terms.buffer
        for bay in range(1, terms.bays + 1):
            if not any(
                other != number and taken == bay and begin < until and start < end
                for other, taken, begin, end in self.held(org_nr)
            ):
                return bay
        raise Refused("slot_taken")

    # ---- commands

    def place(self, number: int, owner: str, org_nr: int, start: int, now: int) -> Told:
        try:
            bay = self.slot(number, org_nr, start, now)
        except Refused as refused:
            return Told(409, code=refused.code)
        terms = self.terms[org_nr][-1]
        self.bookings[number] = Booked(
            owner, org_nr, start, terms.minutes, terms.buffer, bay
        )
        return Told(201, outcome="placed", revision=1)

    def confirm(self, number: int) -> Told:
        booking = self.bookings[number]
        if booking.status == "CANCELLED":
            return Told(409, code="booking_closed")
        if booking.status == "CONFIRMED":
            return Told(200, outcome="unchanged", revision=booking.revision)
        booking.status = "CONFIRMED"
        booking.revision += 1
        return Told(200, outcome="confirmed", revision=booking.revision)

    def put(
        self,
        owner: str,
        number: int,
        body: dict[str, Any],
        now: int,
        *,
        new_request: str,
        new_message: str,
        if_match: tuple[str, ...] | None = None,
        key: str | None = None,
    ) -> Told:
        booking = self.bookings.get(number)
        if booking is None or booking.owner != owner:
            return Told(404, code="not_found")
        if key is not None and (owner, number, key) in self.kept:
            first, told = self.kept[owner, number, key]
            return told if first == body else Told(422, code="idempotency_key_reused")
        if if_match is not None and not (
            "*" in if_match or f'"{booking.revision}"' in if_match
        ):
            return Told(412, code="precondition_failed")
        call = Sent(body, now, new_request, new_message)
        told = self._change(number, booking, call)
        if key is not None:
            self.kept[owner, number, key] = (body, told)
        return told

    def _change(self, number: int, booking: Booked, call: Sent) -> Told:
        body, now = call.body, call.now
        refusals: list[str] = []
        twin = self._twin(booking, body)
        if call.talks and now > booking.start + booking.minutes + 30 * DAY:
            refusals.append("thread_closed")
        elif "attachments" in body and twin is None:
            refusals.append("upload_unusable")
        act = ("none", None)
        try:
            if "service_start_time" in body:
                act = self._move(number, booking, body["service_start_time"], now)
            elif "status" in body:
                act = self._cancel(booking, now)
        except Refused as refused:
            refusals.append(refused.code)
        if refusals:
            return Told(409, code=min(refusals, key=RANK.index))
        return self._happen(booking, call, act, twin)

    def _twin(self, booking: Booked, body: dict[str, Any]) -> dict[str, Any] | None:
        name = body.get("message", {}).get("client_message_id")
        for message in booking.messages:
            if name is not None and message["client_message_id"] == name:
                return message
        return None

    def _move(
        self, number: int, booking: Booked, start: int, now: int
    ) -> tuple[str, Any]:
        if booking.status == "CANCELLED":
            raise Refused("booking_closed")
        if start == booking.start:
            return ("same", None)
        wish = booking.request
        if wish and wish.kind == "RESCHEDULE" and wish.target == start:
            return ("asked", wish)
        bay = self.slot(number, booking.org_nr, start, now)
        terms = self.terms[booking.org_nr][-1]
        in_time = min(booking.start, start) - now >= terms.move_notice * HOUR
        if not in_time and terms.move_effect == "DENY":
            raise Refused("policy_denied")
        return ("move" if in_time else "ask-move", (start, bay, terms))

    def _cancel(self, booking: Booked, now: int) -> tuple[str, Any]:
        if booking.status == "CANCELLED":
            return ("same", None)
        if booking.request and booking.request.kind == "CANCEL":
            return ("asked", booking.request)
        terms = self.terms[booking.org_nr][-1]
        in_time = booking.start - now >= terms.cancel_notice * HOUR
        if in_time or booking.status == "PENDING":
            return ("cancel", None)
        if terms.cancel_effect == "DENY":
            raise Refused("policy_denied")
        return ("ask-cancel", terms)

    def _happen(
        self,
        booking: Booked,
        call: Sent,
        act: tuple[str, Any],
        twin: dict[str, Any] | None,
    ) -> Told:
        what, detail = act
        body, now = call.body, call.now
        outcome, verdict, request = "unchanged", None, None
        changed: list[str] = []
        if what == "asked":
            outcome, request = "change_requested", detail.id
        elif what in {"move", "cancel", "ask-move", "ask-cancel"}:
            verdict = "REQUEST" if what.startswith("ask") else "ALLOW"
            self._supersede(booking)
            booking.revision += 1
            if what == "move":
                outcome = "rescheduled"
                changed.append("service_start_time")
                booking.start, booking.bay, terms = detail
                booking.minutes, booking.buffer = terms.minutes, terms.buffer
                booking.moves += 1
            elif what == "cancel":
                outcome = "cancelled"
                changed.append("status")
                booking.status = "CANCELLED"
                booking.closed = {
                    "reason": body.get("cancellation_reason"),
                    "role": "owner",
                    "at": now,
                }
            else:
                outcome, request = "change_requested", call.new_request
                booking.request = self._ask(booking, call, detail)
        message = None
        if call.talks:
            message = twin["id"] if twin else call.new_message
            if outcome == "unchanged":
                outcome = "message_appended"
            if twin is None:
                changed.append("message")
                booking.messages.append(
                    {
                        "id": call.new_message,
                        "client_message_id": body["message"].get("client_message_id"),
                        "text": body["message"]["text"],
                        "change_request_id": request,
                        "at": now,
                    }
                )
        return Told(
            202 if outcome == "change_requested" else 200,
            outcome=outcome,
            changed=tuple(changed),
            request=request,
            message=message,
            verdict=verdict,
            revision=booking.revision,
        )

    def _supersede(self, booking: Booked) -> None:
        if booking.request is not None:
            self.requests[booking.request.id] = "SUPERSEDED"
            booking.request = None
            booking.revision += 1

    def _ask(self, booking: Booked, call: Sent, detail: Any) -> Request:
        moves = isinstance(detail, tuple)
        target, bay, terms = detail if moves else (None, None, detail)
        moments = [call.now + terms.ttl * HOUR]
        if target is not None:
            moments.append(target)
        if booking.start > call.now:
            moments.append(booking.start)
        self.requests[call.new_request] = "PENDING"
        return Request(
            id=call.new_request,
            kind="RESCHEDULE" if moves else "CANCEL",
            target=target,
            bay=bay,
            until=target + terms.minutes + terms.buffer if moves else None,
            expires=min(moments),
            reason=call.body.get("cancellation_reason"),
            rules=["reschedule_notice" if moves else "cancel_notice"],
        )


def bookable(start: int, terms: Terms, now: int) -> bool:
    if not now + terms.lead <= start <= now + terms.horizon * DAY:
        return False
    begin = instant(start).astimezone(ZoneInfo("Europe/Oslo"))
    end = instant(start + terms.minutes).astimezone(ZoneInfo("Europe/Oslo"))
    of_day = begin.hour * 60 + begin.minute
    return (
        of_day % terms.grid == 0
        and begin.date().isoformat() != terms.holiday
        and begin.weekday() < 5
        and begin.date() == end.date()
        and of_day >= 8 * HOUR
        and end.hour * 60 + end.minute <= 16 * HOUR
    )
