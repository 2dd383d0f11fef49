"""What clients see of bookings, and what the model expects them to see."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from adapters.vault import AesVault
from application import bodies, opening
from application.answers import Answered
from application.opening import Opener
from application.queries import Seen
from application.sealing import Vault
from application.shapes import MessageBody
from tests.properties.records import Booked, Request
from tests.properties.terms import minutes


def plain(outcome: Answered | Exception | None) -> Any:
    """Return all that a client could see of `outcome`, opened, but for its position.

    That depends on whether somebody sweeps.
    """
    if not isinstance(outcome, Answered):
        return type(outcome)
    body = bodies.answered(outcome, AesVault(bytes(32)))
    return (
        outcome.answer.status,
        outcome.answer.request_id,
        outcome.answer.generated_at,
        outcome.answer.refused,
        outcome.is_replay,
        None if body is None else msgspec.to_builtins(body),
    )


def facts(shown: Any) -> dict[str, Any]:
    """Return what the model knows too of a booking's body."""
    request, closed = shown["pending_change_request"], shown["cancellation"]
    return {
        "status": shown["status"],
        "start": _at(shown["service_start_time"]),
        "end": _at(shown["service_end_time"]),
        "revision": shown["revision"],
        "moves": shown["reschedule_count"],
        "plate": shown["vehicle"]["plate"],
        "closed": closed
        and {
            "reason": closed["reason"],
            "role": closed["by"]["role"],
            "at": _at(closed["at"]),
        },
        "request": request and _request(request),
    }


def _request(shown: Any) -> dict[str, Any]:
    counter = shown["counter"]
    return {
        "id": shown["id"],
        "kind": shown["kind"],
        "status": shown["status"],
        "to": shown["to"] and _at(shown["to"]["start"]),
        "expires": _at(shown["expires_at"]),
        "reason": shown["reason"],
        "rules": sorted(shown["blocked_by"]),
        "counter": counter
        and {
            "start": _at(counter["start"]),
            "note": counter["note"],
            "at": _at(counter["at"]),
        },
    }


def decided_request(shown: Any) -> dict[str, Any]:
    decided = shown["decision"]
    return _request(shown) | {
        "decision": decided
        and {
            "role": decided["by"]["role"],
            "at": _at(decided["at"]),
            "note": decided["note"],
        }
    }


def expected_requests(
    requests: Mapping[str, Request], number: int
) -> list[dict[str, Any]]:
    return [
        _expected_request(one) | {"decision": one.decision}
        for one in requests.values()
        if one.number == number
    ]


def message(shown: MessageBody) -> dict[str, Any]:
    return {
        "id": str(shown.id),
        "role": shown.author.role.value,
        "client_message_id": shown.client_message_id and str(shown.client_message_id),
        "text": shown.text,
        "uploads": tuple(str(one.upload_id) for one in shown.attachments),
        "request": shown.change_request_id and str(shown.change_request_id),
        "at": _at(shown.created_at),
    }


def expected_thread(booked: Booked) -> list[dict[str, Any]]:
    return [
        {name: said[name] for name in said if name != "author"}
        for said in booked.messages
    ]


def opener(found: Seen, vault: Vault) -> Opener:
    return opening.opener(found.stored.booking, found.owner_key, vault)


def modes(shown: Any) -> tuple[str, str, bool]:
    """Return how a booking may be moved and cancelled, and whether one may talk."""
    allowed = shown["allowed_actions"]
    return (
        allowed["reschedule"]["mode"],
        allowed["cancel"]["mode"],
        allowed["message"]["until"] is not None,
    )


def impersonal(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is left of `facts` when an owner is erased later."""
    if facts is None:
        return None
    closed, request = facts["closed"], facts["request"]
    if request is not None:
        counter = request["counter"]
        request = request | {
            "reason": None,
            "counter": counter and without_note(counter),
        }
    return facts | {
        "plate": None,
        "closed": closed and closed | {"reason": None},
        "request": request,
    }


def without_note(counter: dict[str, Any]) -> dict[str, Any]:
    return counter | {"note": None}


def expected_facts(booked: Booked) -> dict[str, Any]:
    request = booked.request
    return {
        "status": booked.status,
        "start": booked.start,
        "end": booked.start + booked.minutes,
        "revision": booked.revision,
        "moves": booked.moves,
        "plate": booked.plate,
        "closed": booked.closed,
        "request": request and _expected_request(request),
    }


def _expected_request(request: Request) -> dict[str, Any]:
    return {
        "id": request.id,
        "kind": request.kind,
        "status": request.status,
        "to": request.asked,
        "expires": request.expires,
        "reason": request.reason,
        "rules": sorted(request.rules),
        "counter": request.counter,
    }


def _at(value: Any) -> int:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return minutes(at)
