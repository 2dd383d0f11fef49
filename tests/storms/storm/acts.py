"""What owners want of bookings that others want too, and how often who does what."""

from collections.abc import Sequence
from typing import Any

from adapters import clock
from tests.storms.storm import desk
from tests.storms.storm.acting import Act, Acting, Drawn, call, on_request
from tests.storms.storm.ledger import Sent
from tests.storms.storm.people import ASKING, EASY, STRICT, Person
from tests.storms.storm.wanted import Hot


def _own(it: Acting) -> tuple[Person, Hot] | None:
    hot = it.pool.draw(it.chance)
    return None if hot is None else (it.person(hot.owner), hot)


def _message(it: Acting) -> dict[str, Any]:
    words: dict[str, Any] = {"text": f"Word {it.chance.randrange(1000)}"}
    if it.chance.random() < FEW:
        words["client_message_id"] = str(clock.new_id())
    return words


def _put(it: Acting, body: Any, **more: Any) -> Drawn | None:
    found = _own(it)
    if found is None:
        return None
    person, hot = found
    path = f"/api/co/bookings/{hot.id}"
    return call(person, "PUT", path, body, booking_id=hot.id, **more)


FEW = 0.4


def place(it: Acting) -> Drawn | None:
    person = it.chance.choice(it.plan.owners)
    body: dict[str, Any] = {
        "org_nr": it.chance.choice([EASY, ASKING, ASKING, STRICT]),
        "service_id": 1,
        "service_start_time": it.plan.start(it.chance),
        "vehicle": {"plate": f"AB{it.chance.randrange(10_000, 99_999)}"},
    }
    if it.chance.random() < FEW:
        body["message"] = _message(it)
    return call(person, "POST", "/api/co/bookings", body)


def place_wrongly(it: Acting) -> Drawn | None:
    person, sent = _always(place(it))
    wrong = {"service_id": 9} if it.chance.random() < HALF else {"group_id": _NOBODYS}
    sent.body |= wrong
    return person, sent


HALF = 0.5
_NOBODYS = "00000000-0000-4000-8000-000000000001"


def _always(drawn: Drawn | None) -> Drawn:
    assert drawn is not None
    return drawn


def move(it: Acting) -> Drawn | None:
    body: dict[str, Any] = {"service_start_time": it.plan.start(it.chance)}
    if it.chance.random() < HALF:
        body["message"] = _message(it)
    return _put(it, body)


def move_to(it: Acting, hot: Hot, start: str) -> Drawn:
    path, body = f"/api/co/bookings/{hot.id}", {"service_start_time": start}
    return call(it.person(hot.owner), "PUT", path, body, booking_id=hot.id)


def try_a_move(it: Acting) -> Drawn | None:
    drawn = _put(it, {"service_start_time": it.plan.start(it.chance)}, is_dry=True)
    if drawn is not None:
        drawn[1].path += "?dry_run=1"
    return drawn


def cancel(it: Acting) -> Drawn | None:
    body: dict[str, Any] = {"status": "CANCELLED"}
    if it.chance.random() < HALF:
        body["cancellation_reason"] = "No more."
    return _put(it, body)


def say(it: Acting) -> Drawn | None:
    return _put(it, {"message": _message(it)})


def attach_nothing(it: Acting) -> Drawn | None:
    nothing = [{"upload_id": str(clock.new_id())}]
    return _put(it, {"attachments": nothing, "message": _message(it)})


def say_nonsense(it: Acting) -> Drawn | None:
    nonsense: Sequence[Any] = (
        {},
        {"status": "CANCELLED", "service_start_time": "2030-01-01T10:00:00Z"},
        {"message": {"text": ""}, "status": 7},
        "{",
        "[" * 100,
    )
    return _put(it, it.chance.choice(nonsense))


def be_stale(it: Acting) -> Drawn | None:
    return _put(
        it,
        {"service_start_time": it.plan.start(it.chance)},
        if_match=f'"{it.chance.randrange(1, 4)}"',
    )


def be_careful(it: Acting) -> Drawn | None:
    """Move it only from the revision that was heard of."""
    found = _own(it)
    if found is None:
        return None
    person, hot = found
    body = {"service_start_time": it.plan.start(it.chance)}
    path, tag = f"/api/co/bookings/{hot.id}", f'"{hot.revision}"'
    return call(person, "PUT", path, body, booking_id=hot.id, if_match=tag)


def be_careful_too(it: Acting, person: Person, sent: Sent) -> Drawn:
    """Move the same booking from the same revision, to wherever."""
    body = {"service_start_time": it.plan.start(it.chance)}
    return call(
        person,
        sent.method,
        sent.path,
        body,
        booking_id=sent.booking_id,
        if_match=sent.if_match,
    )


def be_somebody_else(it: Acting) -> Drawn | None:
    drawn = move(it)
    if drawn is None:
        return None
    person, sent = drawn
    another = it.chance.choice([one for one in it.plan.owners if one != person])
    sent.who = another.sub
    return another, sent


def be_nobody(it: Acting) -> Drawn | None:
    drawn = say(it)
    if drawn is None:
        return None
    person, sent = drawn
    return Person(person.sub, "owner", None, person.token[:-4]), sent


def look(it: Acting) -> Drawn | None:
    found = _own(it)
    if found is None:
        return None
    person, hot = found
    path = f"/api/co/bookings/{hot.id}"
    return call(person, "GET", path, booking_id=hot.id)


def list_mine(it: Acting) -> Drawn | None:
    return call(it.chance.choice(it.plan.owners), "GET", "/api/co/bookings")


def withdraw(it: Acting) -> Drawn | None:
    hot = on_request(it)
    if hot is None:
        return None
    path = f"/api/co/bookings/{hot.id}/change-requests/{hot.request}/withdraw"
    return call(it.person(hot.owner), "POST", path, booking_id=hot.id)


def answer(it: Acting) -> Drawn | None:
    hot = on_request(it)
    if hot is None:
        return None
    path = f"/api/co/bookings/{hot.id}/change-requests/{hot.request}/decision"
    body = {"decision": it.chance.choice(["accept", "accept", "decline"])}
    return call(it.person(hot.owner), "POST", path, body, booking_id=hot.id)


WEIGHTS: Sequence[tuple[Act, int]] = (
    (place, 6),
    (place_wrongly, 1),
    (move, 20),
    (try_a_move, 3),
    (cancel, 4),
    (say, 7),
    (attach_nothing, 1),
    (say_nonsense, 3),
    (be_stale, 2),
    (be_careful, 4),
    (be_somebody_else, 1),
    (be_nobody, 1),
    (look, 8),
    (list_mine, 1),
    (withdraw, 2),
    (answer, 7),
    (desk.decide, 14),
    (desk.work, 18),
    (desk.manage, 5),
    (desk.govern, 1),
)
