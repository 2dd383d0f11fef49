"""The contract once more, written from its words alone and without the domain.

It knows no streams, no versions and no rows: just what a client can be told, so that
two readings of the contract are compared.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from tests.properties import owners, workshops
from tests.properties import terms as policies
from tests.properties.records import (
    Act,
    Booked,
    Placing,
    Refused,
    Sent,
    Told,
    first,
)
from tests.properties.terms import Terms
from tests.properties.threads import Threads, is_over, named


class Model(Threads):
    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, object, str], tuple[object, Told]] = {}

    def add_workshop(self, org_nr: int, terms: Terms) -> None:
        self.terms[org_nr] = [terms]

    def change_policy(self, org_nr: int, terms: Terms) -> None:
        self.terms[org_nr].append(terms)

    # ---- placing

    def place(self, sent: Placing) -> Told:
        self.tick(sent.now)
        name = (sent.who, -sent.org_nr, sent.key or "")
        same = (sent.owner, sent.start, sent.group, repr(sent.message))
        if sent.key is not None and name in self.kept:
            return self._again(name, same)
        told = self._place(sent)
        if sent.key is not None:
            self.kept[name] = (same, told)
        return told

    def _place(self, sent: Placing) -> Told:
        terms = self.terms[sent.org_nr][-1]
        refusals, bay = [], 0
        try:
            bay = self.slot(sent.number, sent.org_nr, sent.start, sent.now)
        except Refused as refused:
            refusals.append(refused.code)
        at_workshop = [
            booking
            for booking in self.bookings.values()
            if (booking.owner, booking.org_nr) == (sent.owner, sent.org_nr)
        ]
        waiting = sum(booking.status == "PENDING" for booking in at_workshop)
        if sent.role == "owner" and waiting >= terms.waiting:
            refusals.append("too_many_open")
        known = {booking.group for booking in at_workshop}
        if sent.group is not None and sent.group not in known:
            refusals.append("group_unknown")
        if refusals:
            return Told(409, code=first(refusals))
        booking = self.bookings[sent.number] = Booked(
            sent.owner,
            sent.org_nr,
            sent.group or sent.new_group,
            sent.start,
            terms.minutes,
            terms.buffer,
            bay,
        )
        if sent.role != "owner":
            booking.status, booking.revision = "CONFIRMED", 2
        if sent.message is not None:
            self.say(booking, sent.who, sent.role, sent.new_message, sent.now)
            booking.messages[-1] |= named(sent.message)
        self.tick(sent.now)
        return Told(
            201,
            outcome="placed",
            message=None if sent.message is None else sent.new_message,
            revision=booking.revision,
        )

    # ---- calls on a booking

    def answer(self, sent: Sent) -> Told:
        self.tick(sent.now)
        booking = self.bookings.get(sent.number)
        if booking is None or not self._is_there_for(sent, booking):
            return Told(404, code="not_found")
        # Staff decline what is PENDING; to cancel is a manager's.
        declines = (sent.what, sent.role) == ("cancel", "staff")
        if declines and booking.status == "CONFIRMED":
            return Told(403, code="forbidden")
        if sent.dry:
            return self._try(sent, booking)
        name = (sent.who, sent.number, sent.key or "")
        same = (sent.what, sent.request, repr(sent.body))
        if sent.key is not None and name in self.kept:
            return self._again(name, same)
        told = self.decide(sent, booking)
        if sent.key is not None and told.status != 412:
            self.kept[name] = (same, told)
        return told

    def _is_there_for(self, sent: Sent, booking: Booked) -> bool:
        """Whether the booking is the caller's, and the request is the booking's."""
        if sent.request is not None:
            request = self.requests.get(sent.request)
            if request is None or request.number != sent.number:
                return False
        if sent.role == "owner":
            return booking.owner == sent.who
        return booking.org_nr == sent.org_nr

    def _again(self, name: tuple[str, object, str], same: object) -> Told:
        first, told = self.kept[name]
        return told if first == same else Told(422, code="idempotency_key_reused")

    def _try(self, sent: Sent, booking: Booked) -> Told:
        """Answer as if it happened; new ids are none, and the booking is as it is."""
        other = deepcopy(self)
        told = other.decide(sent, other.bookings[sent.number])
        if told.outcome is None:
            return told
        return replace(
            told,
            request=None if told.request == sent.new_request else told.request,
            message=None if told.message == sent.new_message else told.message,
            revision=booking.revision,
        )

    def decide(self, sent: Sent, booking: Booked) -> Told:
        if is_stale(sent, booking):
            return Told(412, code="precondition_failed")
        twin = self.twin(booking, sent)
        refusals, act = list(self._refusals(sent, booking, twin)), Act()
        try:
            act = self._act(sent, booking)
        except Refused as refused:
            refusals.append(refused.code)
        if refusals:
            return Told(409, code=first(refusals))
        return self._happen(sent, booking, act, twin)

    def _refusals(
        self, sent: Sent, booking: Booked, twin: dict[str, Any] | None
    ) -> Iterator[str]:
        """Yield why a message cannot be added."""
        if sent.talks and is_over(booking, sent.now):
            yield "thread_closed"
        usable = (self.is_usable(one, sent) for one in sent.uploads)
        if twin is None and not all(usable):
            yield "upload_unusable"

    def _happen(
        self, sent: Sent, booking: Booked, act: Act, twin: dict[str, Any] | None
    ) -> Told:
        if act.supersedes and booking.request is not None:
            booking.request.status, booking.request = "SUPERSEDED", None
            booking.revision += 1
        act.do()
        booking.revision += act.steps
        outcome, changed, message = act.outcome, list(act.changed), None
        if sent.talks:
            if outcome == "unchanged":
                outcome = "message_appended"
            message = twin["id"] if twin else sent.new_message
            if twin is None:
                changed += [m for m in ("message", "attachments") if m in sent.body]
                self.talk(sent, booking, act)
        # What has just been made can have its moment now.
        self.tick(sent.now)
        request = act.request
        return Told(
            202 if outcome == "change_requested" else 200,
            outcome=outcome,
            changed=tuple(changed),
            request=None if request is None else request.id,
            request_status=None if request is None else request.status,
            message=message,
            verdict=act.verdict,
            revision=booking.revision,
        )

    def _act(self, sent: Sent, booking: Booked) -> Act:
        if sent.what in workshops.STEPS:
            return workshops.STEPS[sent.what](self, sent, booking)
        if sent.what != "put":
            return workshops.on_request(self, sent, booking)
        by_owner = sent.role == "owner"
        if "service_start_time" in sent.body:
            move = owners.move if by_owner else workshops.move
            return move(self, sent, booking)
        if "status" in sent.body:
            cancel = owners.cancel if by_owner else workshops.cancel
            return cancel(self, sent, booking)
        return Act()

    # ---- an owner's data

    def erase(self, owner: str, now: int) -> None:
        """Forget what is personal of an owner, whoever wrote it."""
        self.tick(now)
        theirs = {n: one for n, one in self.bookings.items() if one.owner == owner}
        for booking in theirs.values():
            booking.revision += 1
            booking.plate = None
            if booking.closed is not None:
                booking.closed["reason"] = None
            for message in booking.messages:
                message["text"] = None
        for request in self.requests.values():
            if request.number in theirs:
                request.reason = None
                for said in (request.counter, request.decision):
                    if said is not None:
                        said["note"] = None
        self.uploads = {
            name: one for name, one in self.uploads.items() if one.number not in theirs
        }
        self.kept = {
            name: kept
            for name, kept in self.kept.items()
            if name[0] != owner and name[1] not in theirs
        }

    # ---- what may be done

    def openings(
        self, org_nr: int, since: int, until: int, now: int
    ) -> list[tuple[int, int]]:
        """Return what can be had from `since` on, and in how many bays."""
        self.tick(now)
        terms = self.terms[org_nr][-1]
        free = [
            (start, len(self.free_bays(0, org_nr, start)))
            for start in range(since, until, terms.grid)
            if start >= now and policies.is_bookable(start, terms, now)
        ]
        return [(start, bays) for start, bays in free if bays]

    def modes(self, number: int, now: int) -> tuple[str, str, bool]:
        """Return how the booking may be moved and cancelled, and whether one may talk.

        Both are judged without a target, and with a reason.
        """
        booking = self.bookings[number]
        talk = not is_over(booking, now)
        if booking.status not in {"PENDING", "CONFIRMED"}:
            return "denied", "denied", talk
        move = self.judged_move(booking, None, now).verdict
        cancel = policies.judge_cancel(
            self.terms[booking.org_nr][-1],
            start=booking.start,
            marked=bool(booking.marks),
            has_reason=True,
            now=now,
        ).verdict
        if booking.status == "PENDING":
            cancel = "ALLOW"
        return policies.MODES[move], policies.MODES[cancel], talk


def is_stale(sent: Sent, booking: Booked) -> bool:
    return sent.if_match is not None and not (
        "*" in sent.if_match or f'"{booking.revision}"' in sent.if_match
    )
