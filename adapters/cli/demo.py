"""`bookings demo`: something to try calls on, and the tokens to try them with."""

import sys
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from cyclopts import Parameter

from adapters import bootstrap, clock, tokens
from adapters.bootstrap import Opened
from adapters.cli import output
from adapters.keys import load_keys
from adapters.settings import Settings
from application import demo as example
from application.stored import Wanted
from domain import calendar
from domain.booking import Booking

WEEK = timedelta(days=7)


async def demo(
    *,
    if_empty: Annotated[
        bool, Parameter(help="Add it only to an SQLite store without any event.")
    ] = False,
    yes: Annotated[bool, Parameter(help="Add it to PostgreSQL, too.")] = False,
) -> None:
    settings = bootstrap.settings()
    if settings.sqlite_path is None and not yes:
        _leave_postgres_alone(if_empty=if_empty)
        return
    # Before anything is added: whoever cannot sign tokens could not try it.
    load_keys(settings)
    async with bootstrap.opened(settings) as store:
        first = await _first(store)
        if first is None and not (
            if_empty and bootstrap.kind(settings).last_position()
        ):
            first = await _added(store)
    if first is None:
        output.say("The store has other data, so no demo data was added.")
    else:
        _teach(settings, first)


def _leave_postgres_alone(*, if_empty: bool) -> None:
    told = "Demo data goes into PostgreSQL only by `bookings demo --yes`"
    if not if_empty:
        raise output.Failed(f"{told}.")
    output.say(f"{told}; none was added.")


async def _first(store: Opened) -> Booking | None:
    found = await store.look(Wanted(bookings=(example.FIRST,)))
    stored = found.bookings.get(example.FIRST)
    return None if stored is None else stored.booking


async def _added(store: Opened) -> Booking | None:
    # So that nobody else is ever given these ids.
    await store.store.draw_ids(example.ORG_NR, len(example.BOOKINGS))
    await store.commit(example.calls(clock.now(), clock.new_id))
    output.say(f"Demo data was added: workshop {example.ORG_NR}, {example.NAME}.")
    return await _first(store)


def _teach(settings: Settings, first: Booking) -> None:
    now = clock.now()
    secret = load_keys(settings).signs_with
    kari, ola = (
        tokens.issue(settings, secret, sub=owner.id, now=now, ttl=WEEK)
        for owner in example.OWNERS
    )
    mona = tokens.issue(
        settings,
        secret,
        sub=example.MANAGER.id,
        role="manager",
        workshop=example.ORG_NR,
        now=now,
        ttl=WEEK,
    )
    output.write(
        "Two car owners and the workshop's manager, "
        f"with their tokens for {WEEK.days} days:"
    )
    for name, token in (
        (example.KARI.id, kari),
        (example.OLA.id, ola),
        (f"{example.MANAGER.id}, manager of {example.ORG_NR}", mona),
    ):
        output.write(f"\n{name}\n  {token}")
    output.write(f"\nMove {example.KARI.id}'s booking {example.FIRST}; paste this:\n")
    output.write(_curl(settings.port, kari, _move(now, first)))
    output.write("\nThen see what the workshop has to decide; paste this:\n")
    output.write(_curl_get(settings.port, mona, "/api/ws/bookings/change-requests"))
    output.write(f"\nAll calls, to try in a browser: {_home(settings.port)}/schema")
    output.write(f"What happened: {sys.argv[0]} replay {example.FIRST}\n")


def _move(now: datetime, booking: Booking) -> dict[str, object]:
    """Return a body that moves the booking, or that at least says something."""
    start = calendar.local(
        example.move_target(now, booking.slot.start), example.POLICY.time_zone
    )
    message = {"text": f"Could I come on {start:%A} at {start:%H:%M} instead?"}
    if booking.is_closed:
        return {"message": message}
    return {"service_start_time": start.isoformat(), "message": message}


def _home(port: int) -> str:
    return f"http://localhost:{port}"


def _curl_get(port: int, token: str, path: str) -> str:
    return f"curl {_home(port)}{path} \\\n  -H 'Authorization: Bearer {token}'"


def _curl(port: int, token: str, body: dict[str, object]) -> str:
    text = msgspec.json.encode(body).decode()
    return (
        f"curl -i -X PUT {_home(port)}/api/co/bookings/{example.FIRST} \\\n"
        f"  -H 'Authorization: Bearer {token}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d '{text}'"
    )
