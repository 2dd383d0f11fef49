"""What clients send: drawn by Hypothesis, and made into calls as the routes do."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from application import calls, intent, rulings, steps
from application.calls import Call
from application.ports import Ids
from domain import commands, identity
from domain.commands import BookingCommand
from domain.identity import Actor, Role
from domain.policy import Policy
from tests.properties.records import Placing, Sent
from tests.properties.terms import Terms, instant

TIMES = ("service_start_time", "proposed_start_time")
UNKNOWN = str(UUID(int=903))
ROLES = {role.value: role for role in Role}

effects = st.sampled_from(["REQUEST"] * 4 + ["DENY"])
terms = st.builds(
    Terms,
    bays=st.integers(1, 2),
    minutes=st.sampled_from([30, 60, 120]),
    buffer=st.sampled_from([0, 15]),
    move_notice=st.sampled_from([0, 24, 48, 96]),
    move_effect=effects,
    cancel_notice=st.sampled_from([0, 24, 96]),
    cancel_effect=effects,
    moves=st.sampled_from([0, 0, 1, 3]),
    moves_effect=effects,
    work_effect=effects,
    noon=st.sampled_from([None, None, 12]),
    price_effect=effects,
    reason=st.sampled_from([False, False, True]),
    waiting=st.sampled_from([1, 5, 5]),
    ttl=st.sampled_from([1, 48, 48]),
    lead=st.sampled_from([0, 0, 120]),
    closes=st.sampled_from([14, 16, 16]),
)
asking_terms = st.builds(
    lambda one: replace(one, moves=0, moves_effect="REQUEST", ttl=48), terms
)
"""Every move is asked for."""
# Days from today on and times from 08:00 on: few, so that wishes meet each other. On
# no day (-1) it is a start that is held already, by whomever.
starts = st.tuples(
    st.sampled_from([0, 1, 1, 1, 2, 2, 2, 3, 4, 91]),
    st.sampled_from([*[0, 60, 60, 60, 120, 120, 300] * 2, 15, 30, 420, 485, 55, -15]),
) | st.tuples(st.just(-1), st.integers(0, 9))
client_ids = st.sampled_from([None, str(UUID(int=901)), str(UUID(int=902))])
messages = st.builds(
    lambda text, name: {"text": text} | ({"client_message_id": name} if name else {}),
    st.sampled_from(["Hello", "Can it be sooner?"]),
    client_ids,
)
# Numbers of uploads, the booking's own first; -1 is none that there is.
attachments = st.lists(
    st.sampled_from([0, 0, 0, 1, 2, 5, -1]), min_size=1, max_size=2, unique=True
)


@dataclass(frozen=True)
class Drawn:
    """A call as Hypothesis drew it, before it is known what there is to name.

    `which` and `request` count bookings and change requests. `who` is "owner", another
    owner, a role at the workshop, or one at another.
    """

    which: int
    who: str
    what: str
    body: dict[str, Any] = field(default_factory=dict)
    request: int = 0
    if_match: str | None = None
    key: str | None = None
    dry: bool = False


def talking(action: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda act, text, files: (
            act
            | ({"message": text} if text else {})
            | ({"attachments": files} if files else {})
        ),
        action,
        st.none() | messages,
        st.sampled_from([None] * 4) | attachments,
    ).filter(bool)


moves = st.builds(lambda wished: {"service_start_time": wished}, starts)
wishes = talking(
    moves
    | moves
    | st.just({"status": "CANCELLED"})
    | st.just({"status": "CANCELLED", "cancellation_reason": "Sold"})
    | st.just({})
)
managers = st.builds(
    lambda act, text: act | ({"message": text} if text else {}),
    moves
    | st.builds(lambda move: move | {"override": {"reason": "Must be."}}, moves)
    | st.just({"status": "CANCELLED", "cancellation_reason": "Flood"}),
    st.none() | messages,
)
asking = moves | st.just({"status": "CANCELLED", "cancellation_reason": "Sold"})
marks = st.sampled_from([{"mark": "PARTS_ORDERED"}, {"mark": "VEHICLE_RECEIVED"}])

numbers = st.integers(0, 50)
keys = st.sampled_from([None] * 6 + ["first", "second"])
tags = st.sampled_from([None] * 40 + ["*", "1", "current", "current", "weak"])
owners = st.sampled_from(["owner"] * 15 + ["other"])
staff = st.sampled_from(["staff"] * 8 + ["manager"] * 8 + ["elsewhere"])


def drawn(
    who: st.SearchStrategy[str],
    what: st.SearchStrategy[str],
    body: st.SearchStrategy[dict[str, Any]],
    *,
    dry: bool = False,
) -> st.SearchStrategy[Drawn]:
    return st.builds(
        Drawn,
        which=numbers,
        who=who,
        what=what,
        body=body,
        request=numbers,
        if_match=tags,
        key=keys,
        dry=st.sampled_from([False, False, True]) if dry else st.just(False),
    )


owner_puts = drawn(owners, st.just("put"), wishes, dry=True)
asks = drawn(st.just("owner"), st.just("put"), asking)
puts = st.one_of(
    owner_puts,
    owner_puts,
    drawn(st.just("manager"), st.just("put"), managers, dry=True),
    drawn(staff, st.just("put"), st.builds(lambda said: {"message": said}, messages)),
)
plain_steps = st.sampled_from([*["confirm"] * 4, "start", "complete", "no_show"])
workshop_steps = st.one_of(
    drawn(staff, plain_steps, st.just({})),
    drawn(staff, st.just("mark"), marks),
    drawn(staff, st.just("cancel"), st.just({"reason": "We are closed."})),
)
RULINGS = ("approve", "reject", "counter")
REPLIES = ("accept", "decline", "withdraw")


def answering(what: str, answer: Drawn, note: str | None, at: tuple[int, int]) -> Drawn:
    """Return `answer`, with what such a one needs: a side, a note, another start."""
    body: dict[str, Any] = {} if note is None or what == "withdraw" else {"note": note}
    if what == "reject":
        body = {"note": "No."}
    if what == "counter":
        body = body | {"proposed_start_time": at}
    owners = {"staff": "owner", "manager": "owner", "elsewhere": "other"}
    who = answer.who if what in RULINGS else owners[answer.who]
    return replace(answer, what=what, body=body, who=who)


def answers(*kinds: str) -> st.SearchStrategy[Drawn]:
    return st.builds(
        answering,
        st.sampled_from(kinds),
        drawn(staff, st.just(""), st.just({})),
        st.none() | st.just("So be it."),
        starts,
    )


def policy_of(wanted: Terms) -> Policy:
    """Return the document that says what `wanted` says."""
    hours = [["08:00", f"{wanted.closes}:00"]]
    days = ["mon", "tue", "wed", "thu", "fri"]
    bands = [{"days": days, "from": f"{wanted.noon}:00", "to": "24:00", "band": "dear"}]
    document = {
        "time_zone": "Europe/Oslo",
        "bays": wanted.bays,
        "services": [
            {
                "id": 1,
                "name": "Service",
                "minutes": wanted.minutes,
                "buffer": wanted.buffer,
            }
        ],
        "opening_hours": dict.fromkeys(days, hours),
        "holidays": [wanted.holiday],
        "price_bands": [] if wanted.noon is None else bands,
        "rules": {
            "reschedule_notice": {
                "hours": wanted.move_notice,
                "effect": wanted.move_effect,
            },
            "cancel_notice": {
                "hours": wanted.cancel_notice,
                "effect": wanted.cancel_effect,
            },
            "max_reschedules": {
                "limit": wanted.moves,
                "effect": wanted.moves_effect,
            },
            "work_started": {"effect": wanted.work_effect},
            "price_change": {"effect": wanted.price_effect},
            "reason": {"required": wanted.reason},
            "open_bookings": {"limit": wanted.waiting},
            "target_window": {
                "lead_minutes": wanted.lead,
                "horizon_days": wanted.horizon,
                "grid_minutes": wanted.grid,
            },
            "change_request": {"ttl_hours": wanted.ttl},
        },
    }
    return msgspec.convert(document, Policy)


def wire(sent: Sent) -> Any:
    """Return the body as a route decodes it."""
    body = dict(sent.body)
    for member in TIMES:
        if member in body:
            body[member] = instant(body[member])
    return msgspec.json.decode(msgspec.json.encode(body))


def placing_body(wanted: Placing) -> Any:
    """Return the body of a POST as a route decodes it."""
    body = {
        "org_nr": wanted.org_nr,
        "service_id": 1,
        "service_start_time": instant(wanted.start),
        "vehicle": {"plate": "AB 12345", "make": "Volvo"},
    }
    if wanted.group is not None:
        body["group_id"] = wanted.group
    if wanted.message is not None:
        body["message"] = wanted.message
    if wanted.role != "owner":
        body["owner_id"] = wanted.owner
    return msgspec.json.decode(msgspec.json.encode(body))


def placing_call(
    wanted: Placing,
    body: Any,
    by: Actor,
    wishes: tuple[BookingCommand, ...],
    new_id: Ids,
) -> Call:
    fingerprint, key = msgspec.json.encode(body), None
    if wanted.key is not None:
        named = calls.Key(key=wanted.key, fingerprint=fingerprint)
        key = calls.key_id(named, by, identity.workshop_stream(wanted.org_nr))
    return Call(
        command_id=new_id(),
        request_id=new_id(),
        at=instant(wanted.now),
        actor=by,
        booking_id=wanted.number,
        wishes=wishes,
        key=key,
        fingerprint=fingerprint,
    )


def call(sent: Sent, new_id: Ids, request_id: UUID) -> Call:
    """Return the call that a route makes of `sent`; ids are drawn here."""
    by = Actor(role=ROLES[sent.role], id=sent.who)
    key = None
    fingerprint = msgspec.json.encode([sent.what, sent.request, wire(sent)])
    if sent.key is not None:
        named = calls.Key(key=sent.key, fingerprint=fingerprint)
        key = calls.key_id(named, by, identity.booking_stream(sent.number))
    return Call(
        command_id=new_id(),
        request_id=request_id,
        at=instant(sent.now),
        actor=by,
        booking_id=sent.number,
        wishes=commands_of(sent, by, new_id),
        owner=sent.who if sent.role == "owner" else None,
        org_nr=sent.org_nr,
        if_match=sent.if_match,
        key=key,
        fingerprint=fingerprint,
        dry_run=sent.dry,
    )


def commands_of(sent: Sent, by: Actor, new_id: Ids) -> tuple[BookingCommand, ...]:
    at, body = instant(sent.now), wire(sent)
    if sent.what == "put":
        parse = intent.parse if sent.role == "owner" else intent.parse_workshops
        return intent.wishes(parse(body), at, by, new_id)
    if sent.what == "cancel":
        return (steps.cancel(steps.parse_cancel(body), at, by, new_id),)
    if sent.request is not None:
        return (on_request(sent, by, body),)
    match sent.what:
        case "confirm":
            return (commands.Confirm(at=at, by=by),)
        case "complete":
            return (commands.Complete(at=at, by=by),)
        case _:
            named = {"start": "IN_PROGRESS", "no_show": "NO_SHOW"}
            wanted = body or {"status": named[sent.what]}
            return (steps.take(steps.parse_step(wanted | {"id": sent.number}), at, by),)


def on_request(sent: Sent, by: Actor, body: dict[str, Any]) -> BookingCommand:
    at, request = instant(sent.now), UUID(sent.request)
    if sent.what == "withdraw":
        return commands.Withdraw(at=at, by=by, change_request_id=request)
    decided = body | {"decision": sent.what}
    if sent.role == "owner":
        return rulings.reply(rulings.parse_reply(decided), request, at, by)
    return rulings.rule(rulings.parse_ruling(decided), request, at, by)
