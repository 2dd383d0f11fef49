"""The model's bookings, its clock, and what is free.

The clock goes on before anything else: to the model its facts are written at once.
"""

from tests.properties import terms as policies
from tests.properties.records import (
    CLOSED,
    OCCUPYING,
    Act,
    Booked,
    Refused,
    Request,
)
from tests.properties.terms import HOUR, Judged, Terms


class Diary:
    def __init__(self) -> None:
        self.terms: dict[int, list[Terms]] = {}
        self.bookings: dict[int, Booked] = {}
        self.requests: dict[str, Request] = {}

    def terms_of(self, booking: Booked) -> Terms:
        """Return the policy of today."""
        return self.terms[booking.org_nr][-1]

    def tick(self, now: int) -> None:
        """Let happen what has come: a request expires before its booking ends."""
        for booking in self.bookings.values():
            wish = booking.request
            if wish is not None and now >= wish.expires:
                wish.status, booking.request = "EXPIRED", None
                booking.revision += 1
            if booking.status == "PENDING" and now >= booking.start:
                close(booking, None, "system", booking.start)
                booking.revision += 1

    def held(self, org_nr: int) -> list[tuple[int, int, int, int]]:
        """Return (booking, bay, from, until) of all that is held."""
        held = []
        for number, booking in self.bookings.items():
            if booking.org_nr != org_nr or booking.status not in OCCUPYING:
                continue
            held.append((number, booking.bay, booking.start, booking.free_at))
            wish = booking.request
            if wish and wish.target is not None:
                assert wish.bay is not None
                assert wish.until is not None
                held.append((number, wish.bay, wish.target, wish.until))
        return held

    def free_bays(self, number: int, org_nr: int, start: int) -> list[int]:
        """Return the bays that are free for all of a service from `start` on."""
        terms = self.terms[org_nr][-1]
        until = start + terms.minutes + terms.buffer
        taken = {
            bay
            for other, bay, begin, end in self.held(org_nr)
            if other != number and begin < until and start < end
        }
        return [bay for bay in range(1, terms.bays + 1) if bay not in taken]

    def slot(
        self, number: int, org_nr: int, start: int, now: int, *, override: bool = False
    ) -> int:
        """Return the bay for `start`, or refuse."""
        terms = self.terms[org_nr][-1]
        if start < now:
            raise Refused("slot_unbookable")
        if not override and not policies.is_bookable(start, terms, now):
            raise Refused("slot_unbookable")
        free = self.free_bays(number, org_nr, start)
        if not free:
            raise Refused("slot_taken")
        return free[0]

    def judged_move(self, booking: Booked, start: int | None, now: int) -> Judged:
        return policies.judge_move(
            self.terms_of(booking),
            start=booking.start,
            target=start,
            moves=booking.moves,
            marked=bool(booking.marks),
            now=now,
        )

    def moved(
        self,
        booking: Booked,
        start: int,
        bay: int,
        judged: Judged | None,
        *,
        by_owner: bool = False,
    ) -> Act:
        terms = self.terms_of(booking)

        def do() -> None:
            booking.start, booking.bay = start, bay
            booking.minutes, booking.buffer = terms.minutes, terms.buffer
            booking.moves += by_owner

        return Act(
            "rescheduled",
            changed=("service_start_time",),
            verdict=None if judged is None else judged.verdict,
            supersedes=True,
            steps=1,
            do=do,
        )


def cancelled(
    booking: Booked, reason: str | None, role: str, now: int, verdict: str | None
) -> Act:
    return Act(
        "cancelled",
        changed=("status",),
        verdict=verdict,
        supersedes=True,
        steps=1,
        do=lambda: close(booking, reason, role, now),
    )


def close(booking: Booked, reason: str | None, role: str, at: int) -> None:
    booking.status = "CANCELLED"
    booking.closed = {"reason": reason, "role": role, "at": at}


def must_be_changeable(booking: Booked) -> None:
    if booking.status in CLOSED:
        raise Refused("booking_closed")
    if booking.status == "IN_PROGRESS":
        raise Refused("booking_in_progress")


def must_be_confirmed(booking: Booked) -> None:
    if booking.status in CLOSED:
        raise Refused("booking_closed")
    if booking.status == "PENDING":
        raise Refused("not_confirmed")


def expiry(terms: Terms, now: int, start: int, target: int | None) -> int:
    moments = [now + terms.ttl * HOUR]
    if target is not None:
        moments.append(target)
    if start > now:
        moments.append(start)
    return min(moments)
