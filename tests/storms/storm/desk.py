"""What a workshop's people do with bookings that their owners want otherwise."""

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters import clock
from tests.storms.storm.acting import Acting, Drawn, call, on_request
from tests.storms.storm.ledger import Sent
from tests.storms.storm.people import EASY, POLICIES, Person

HALF, MOSTLY = 0.5, 0.8


def decide(it: Acting) -> Drawn | None:
    hot = on_request(it)
    if hot is None:
        return None
    path = f"/api/ws/bookings/change-requests/{hot.request}/decision"
    staff = it.plan.staff[hot.org_nr]
    return call(staff, "POST", path, _decision(it), booking_id=hot.id)


def decide_on(it: Acting, person: Person, sent: Sent) -> Drawn:
    """Decide the same request, maybe otherwise."""
    return call(person, "POST", sent.path, _decision(it), booking_id=sent.booking_id)


def _decision(it: Acting) -> dict[str, Any]:
    body: dict[str, Any] = {
        "decision": it.chance.choice(["approve", "approve", "reject", "counter"])
    }
    if body["decision"] == "reject":
        body["note"] = "It does not fit."
    if body["decision"] == "counter":
        body["proposed_start_time"] = it.plan.start(it.chance)
    return body


def work(it: Acting) -> Drawn | None:
    """Do a step of a booking, whether it is due or not."""
    hot = it.pool.draw(it.chance)
    if hot is None:
        return None
    staff, number = it.plan.staff[hot.org_nr], hot.id
    steps: Sequence[tuple[str, Any]] = (
        *[(f"confirm/{number}", None)] * 8,
        *[("status", {"id": number, "mark": "PARTS_ORDERED"})] * 2,
        ("status", {"id": number, "status": "NO_SHOW"}),
        ("status", {"id": number, "status": "IN_PROGRESS"}),
        (f"complete/{number}", None),
        (f"cancel/{number}", {"reason": "We cannot."}),
        (f"message/{number}", {"text": "Hello.", "client_message_id": _message_id()}),
    )
    step, body = it.chance.choice(steps)
    return call(staff, "POST", f"/api/ws/bookings/{step}", body, booking_id=number)


def _message_id() -> str:
    return str(clock.new_id())


def manage(it: Acting) -> Drawn | None:
    hot = it.pool.draw(it.chance)
    if hot is None:
        return None
    body: dict[str, Any] = {"service_start_time": it.plan.start(it.chance)}
    if it.chance.random() < HALF:
        body["override"] = {"reason": "The lift is broken."}
    path = f"/api/ws/bookings/{hot.id}"
    by = it.plan.managers if it.chance.random() < MOSTLY else it.plan.staff
    return call(by[hot.org_nr], "PUT", path, body, booking_id=hot.id)


def govern(it: Acting) -> Drawn | None:
    """Write the easy policy again, with another number of bays."""
    policy = msgspec.to_builtins(POLICIES[EASY])
    policy["bays"] = it.chance.choice([2, 3])
    version = it.chance.randrange(1, 9)
    tag = f'"{version}"' if it.chance.random() < HALF else None
    return call(it.plan.managers[EASY], "PUT", "/api/ws/policy", policy, if_match=tag)
