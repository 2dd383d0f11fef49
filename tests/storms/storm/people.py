"""Whose town it is: workshops with policies that refuse, their people, and owners."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from adapters import bootstrap, clock
from adapters.settings import read_settings
from domain.identity import Actor, Role
from domain.policy import (
    Effect,
    MoveLimit,
    Notice,
    OpenLimit,
    Policy,
    ReasonTerms,
    RequestTerms,
    Rules,
    Service,
    TargetWindow,
)
from tests import running
from tests.examples import EVERY_DAY
from tests.storms.storm import past
from tests.storms.storm.ledger import Sent

EASY, ASKING, STRICT = 313001083, 313001084, 313001085
OWNERS = tuple(f"owner-{number}" for number in range(1, 7))
GUIDE = "owner-guide"
NOTICE = 1000  # hours before a start, where one may not do as one likes
HOURS = 10  # starts that everybody wants
_SYSTEM = Actor(role=Role.SYSTEM, id="tests")
_ANY_TIME = TargetWindow(lead_minutes=0, grid_minutes=1)
_WASH = (Service(id=1, name="Wash", minutes=60, buffer=0),)


def _policy(bays: int, rules: Rules) -> Policy:
    return Policy(
        time_zone="Etc/UTC",
        bays=bays,
        services=_WASH,
        opening_hours=EVERY_DAY,
        rules=rules,
    )


POLICIES: Mapping[int, Policy] = {
    # A move happens at once.
    EASY: _policy(
        2,
        Rules(
            reschedule_notice=Notice(hours=0),
            cancel_notice=Notice(hours=0),
            max_reschedules=MoveLimit(limit=1_000_000),
            open_bookings=OpenLimit(limit=3),
            target_window=_ANY_TIME,
        ),
    ),
    # Every move is asked for.
    ASKING: _policy(
        3,
        Rules(
            reschedule_notice=Notice(hours=0),
            cancel_notice=Notice(hours=NOTICE),
            max_reschedules=MoveLimit(limit=0),
            target_window=_ANY_TIME,
            change_request=RequestTerms(ttl_hours=1),
        ),
    ),
    # No move is granted, and who cancels says why.
    STRICT: _policy(
        2,
        Rules(
            reschedule_notice=Notice(hours=NOTICE, effect=Effect.DENY),
            cancel_notice=Notice(hours=0),
            reason=ReasonTerms(required=True),
            target_window=_ANY_TIME,
        ),
    ),
}


class Person(msgspec.Struct, frozen=True):
    sub: str
    role: str
    org_nr: int | None
    token: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody by role, and the starts that they fight for.

    The guide is an owner who walks alone: nobody uses up what the guide may do. `past`
    has, of each of the guide's bookings of weeks ago, what was sent.
    """

    owners: tuple[Person, ...]
    guide: Person
    staff: Mapping[int, Person]
    managers: Mapping[int, Person]
    day: datetime
    past: Mapping[int, Sequence[Sent]]

    def start(self, chance: random.Random) -> str:
        """Return a start that others want too; sometimes one that is nigh or past."""
        luck = chance.random()
        if luck < NIGH:
            at = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
        elif luck < NIGH + PAST:
            at = clock.now().replace(second=0, microsecond=0) - timedelta(hours=1)
        else:
            at = self.day + timedelta(hours=chance.randrange(HOURS))
        return at.isoformat().replace("+00:00", "Z")

    def empty_start(self, chance: random.Random) -> str:
        """Return a start at which most likely all bays are free."""
        at = self.day + timedelta(days=30, hours=chance.randrange(500))
        return at.isoformat().replace("+00:00", "Z")


NIGH, PAST = 0.06, 0.04


def prepare(environ: Mapping[str, str]) -> Plan:
    """Add the workshops to a migrated store, and what was before the storm."""
    lived = asyncio.run(_begin(environ))
    return Plan(
        owners=tuple(Person(sub, "owner", None, running.token(sub)) for sub in OWNERS),
        guide=Person(GUIDE, "owner", None, running.token(GUIDE)),
        staff={org_nr: _works("staff", org_nr) for org_nr in POLICIES},
        managers={org_nr: _works("manager", org_nr) for org_nr in POLICIES},
        day=running.first_start(),
        past=lived,
    )


def _works(role: str, org_nr: int) -> Person:
    sub = f"{role}-{org_nr}"
    token = running.token(sub, "staff" if role == "staff" else "manager", org_nr)
    return Person(sub, role, org_nr, token)


async def _begin(environ: Mapping[str, str]) -> Mapping[int, Sequence[Sent]]:
    calls = [
        running.adding(org_nr, f"Verksted {org_nr}", policy)
        for org_nr, policy in POLICIES.items()
    ]
    async with bootstrap.opened(read_settings(environ)) as opened:
        outcomes = await opened.commit(calls)
        assert not any(isinstance(outcome, Exception) for outcome in outcomes)
        return await past.live(opened, GUIDE, STRICT)
