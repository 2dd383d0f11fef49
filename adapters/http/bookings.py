"""One booking of the caller's: the published PUT, and the GET beside it."""

import hashlib
from typing import Any

import msgspec
from litestar import get, put
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from adapters.http import arrival, envelopes, parameters, services
from adapters.http.arrival import Arrival
from adapters.http.body import StrictRequest
from adapters.http.envelopes import BookingEnvelope
from adapters.http.problems import Problem
from application import answers, bodies, calls, intent
from application.answers import Answer, Answered, Refused
from application.calls import Key
from application.checks import BodyError
from application.queries import Seen
from domain.identity import Actor, Role


@put("/api/co/bookings/{booking_id:int}")
async def change(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Move, cancel, or write to the workshop, or ask it for what policy blocks."""
    its, came = services.of(request), arrival.of(request.scope)
    body = await request.json()
    key = parameters.idempotency_key(request.scope)
    if_match = parameters.if_match(request.scope)
    parameters.no_dry_run(request.scope)
    call = calls.owner_changes(
        booking_id,
        intent.parse(body),
        owner=Actor(role=Role.OWNER, id=request.user.sub),
        at=came.received_at,
        request_id=came.request_id,
        new_id=its.new_id,
        if_match=if_match,
        key=None if key is None else Key(key=key, fingerprint=_print(request, body)),
    )
    answered = await its.committer.change(call)
    if answered.answer.refused is not None:
        raise _refusal(answered, answered.answer.refused)
    return _success(answered, its)


@get("/api/co/bookings/{booking_id:int}")
async def read(booking_id: FromPath[int], request: StrictRequest) -> ASGIResponse:
    """Return the booking as it is now."""
    its, came = services.of(request), arrival.of(request.scope)
    found = own(await its.reader.booking(booking_id), request)
    shown = bodies.seen(found, its.vault, came.received_at)
    return envelopes.success(
        BookingEnvelope(
            data=shown, meta=envelopes.meta(came, found.stored.head.position)
        ),
        headers=envelopes.etag(shown.revision),
    )


def own(found: Seen | None, request: StrictRequest) -> Seen:
    """Return a booking if it is the caller's; another's is as good as none."""
    if found is None or found.stored.booking.owner != request.user.sub:
        raise Problem("not_found")
    return found


def _print(request: StrictRequest, body: Any) -> bytes:
    """Return what tells one request from another under the same key."""
    canonical = msgspec.json.encode(body, order="sorted")
    head = f"{request.method} {request.scope['path']}\n".encode()
    return hashlib.sha256(head + canonical).digest()


def _success(answered: Answered, its: services.Services) -> ASGIResponse:
    answer = answered.answer
    shown = bodies.answered(answered, its.vault)
    if shown is None:
        raise calls.Fault("neither refused nor shown")
    headers = envelopes.etag(shown.revision)
    if answer.status == answers.ACCEPTED:
        headers["location"] = _asked_at(shown.id, answer)
    meta = envelopes.meta(
        _first(answered), answered.position, is_replay=answered.is_replay
    )
    return envelopes.success(
        BookingEnvelope(data=shown, meta=meta), status=answer.status, headers=headers
    )


def _asked_at(booking_id: int, answer: Answer) -> str:
    """Return where the change request is that the answer speaks of."""
    result = answer.result
    if result is None or result.change_request is None:
        raise calls.Fault("accepted, but no request")
    request_id = result.change_request.id
    return f"/api/co/bookings/{booking_id}/change-requests/{request_id}"


def _refusal(answered: Answered, refused: Refused) -> Problem:
    return Problem(
        refused.code,
        refused.detail,
        errors=[
            BodyError(pointer=pointer, code=refused.code, detail=refused.detail)
            for pointer in refused.pointers
        ],
        decision=refused.decision,
        first=_first(answered) if answered.is_replay else None,
    )


def _first(answered: Answered) -> Arrival:
    """Return the request that was first answered so: this one, unless on a replay."""
    answer = answered.answer
    return Arrival(request_id=answer.request_id, received_at=answer.generated_at)
