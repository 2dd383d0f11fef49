"""From a request that wants to change something to a call, and from it to an answer.

Every route that changes something goes this way, so each of them can be sent again
under its `Idempotency-Key`, and held to a revision by `If-Match`.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar.response.base import ASGIResponse

from adapters.http import arrival, envelopes, parameters, services
from adapters.http.arrival import Arrival, Gone
from adapters.http.body import StrictRequest
from adapters.http.envelopes import BookingEnvelope
from adapters.http.problems import Problem
from adapters.http.services import Services
from application import answers, bodies, calls, past, placing
from application.answers import Answer, Answered, Refused
from application.calls import AnyCall, Call, Key
from application.checks import BodyError
from application.placing import Placing
from application.ports import Ids
from application.queries import Seen
from application.shapes import BookingBody
from application.stored import KeyId
from domain import identity
from domain.commands import BookingCommand
from domain.identity import Actor, Role


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, how, and when; each id that the call needs is drawn by `new_id`."""

    its: Services
    came: Arrival
    actor: Actor
    workshop: int | None
    key: Key | None
    if_match: tuple[str, ...] | None
    is_gone: Gone

    @property
    def new_id(self) -> Ids:
        return self.its.new_id

    @property
    def owner(self) -> str | None:
        """Whose bookings these must be, when a car owner asks."""
        return self.actor.id if self.actor.role is Role.OWNER else None

    def key_on(self, stream_id: str) -> KeyId | None:
        return (
            None if self.key is None else calls.key_id(self.key, self.actor, stream_id)
        )

    @property
    def fingerprint(self) -> bytes:
        return b"" if self.key is None else self.key.fingerprint


def asker(request: StrictRequest, body: Any = None) -> Asker:
    """Return who asks for the change that the decoded `body` says.

    Raises the problem `invalid_parameter`.
    """
    user = request.user
    key = parameters.idempotency_key(request.scope)
    return Asker(
        its=services.of(request),
        came=arrival.of(request.scope),
        actor=Actor(role=Role(user.role), id=user.sub),
        workshop=user.workshop,
        key=None if key is None else Key(key=key, fingerprint=_print(request, body)),
        if_match=parameters.if_match(request.scope),
        is_gone=arrival.is_gone(request.scope),
    )


Wishes = tuple[BookingCommand, ...]


async def change(
    by: Asker,
    booking_id: int,
    wishes: Wishes,
    *,
    dry_run: bool = False,
    scope: str | None = None,
) -> Answered:
    """Let `wishes` happen to one of the caller's bookings.

    `scope` is the stream that the key belongs to, when it is not the booking's.
    """
    call = Call(
        command_id=by.new_id(),
        request_id=by.came.request_id,
        at=by.came.received_at,
        actor=by.actor,
        booking_id=booking_id,
        wishes=wishes,
        owner=by.owner,
        org_nr=by.workshop,
        if_match=by.if_match,
        key=by.key_on(scope or identity.booking_stream(booking_id)),
        fingerprint=by.fingerprint,
        dry_run=dry_run,
    )
    return await submit(by, call)


async def place(by: Asker, wanted: Placing) -> Answered:
    """Make a booking, with an id of its workshop's slice.

    Its key belongs to the workshop: which booking it made is what a retry asks.
    """
    org_nr = wanted.org_nr
    if by.workshop not in {None, org_nr}:
        raise Problem("not_found")
    if await by.its.reader.workshop(org_nr) is None:
        raise Problem("not_found")
    (booking_id,) = await by.its.draw_ids(org_nr, 1)
    wishes = placing.wishes(
        wanted, booking_id, by.came.received_at, by.actor, by.new_id
    )
    scope = identity.workshop_stream(org_nr)
    return await change(by, booking_id, wishes, scope=scope)


async def submit(by: Asker, call: AnyCall) -> Answered:
    """Return what `call` is answered. Raises the problem that a refusal is."""
    answered = await by.its.committer.change(call, by.is_gone)
    if answered.answer.refused is not None:
        raise refusal(answered, answered.answer.refused)
    return answered


Where = Callable[[BookingBody], str | None]


def booking(
    answered: Answered, by: Asker, location: Where | None = None
) -> ASGIResponse:
    """Return the booking with the result of a call; `location` says what it made."""
    shown = bodies.answered(answered, by.its.vault)
    if shown is None:
        raise calls.Fault("neither refused nor shown")
    headers = envelopes.etag(shown.revision)
    made = None if location is None else location(shown)
    if made is not None:
        headers["location"] = made
    return envelopes.success(
        BookingEnvelope(data=shown, meta=meta(answered)),
        status=answered.answer.status,
        headers=headers,
    )


def meta(answered: Answered) -> envelopes.Meta:
    return envelopes.meta(
        first(answered), answered.position, is_replay=answered.is_replay
    )


def request_of(answer: Answer) -> UUID | None:
    """Return the change request that an answer of 202 speaks of, unless it was dry."""
    result = answer.result
    if answer.status != answers.ACCEPTED or result is None:
        return None
    request = result.change_request
    if request is None:
        raise calls.Fault("accepted, but no request")
    return None if request.id in result.unstored else request.id


def refusal(answered: Answered, refused: Refused) -> Problem:
    return Problem(
        refused.code,
        refused.detail,
        errors=[
            BodyError(pointer=pointer, code=refused.code, detail=refused.detail)
            for pointer in refused.pointers
        ],
        decision=refused.decision,
        first=first(answered) if answered.is_replay else None,
    )


def first(answered: Answered) -> Arrival:
    """Return the request that was first answered so: this one, unless on a replay."""
    answer = answered.answer
    return Arrival(request_id=answer.request_id, received_at=answer.generated_at)


async def as_of(its: Services, booking_id: int, at: datetime) -> Seen | None:
    """Return a booking as it was at a time, if there was one."""
    found = await its.reader.past(booking_id)
    return None if found is None else past.as_of(found, at)


def _print(request: StrictRequest, body: Any) -> bytes:
    """Return what tells one request from another under the same key."""
    canonical = msgspec.json.encode(body, order="sorted")
    head = f"{request.method} {request.scope['path']}\n".encode()
    return hashlib.sha256(head + canonical).digest()
