"""What an act is: it draws one call, by somebody, from what others want as well."""

import random
from collections.abc import Callable
from typing import Any

import msgspec

from tests.storms.storm.ledger import Sent
from tests.storms.storm.people import Person, Plan
from tests.storms.storm.wanted import Hot, Pool


class Acting(msgspec.Struct, frozen=True):
    """What an act draws from."""

    plan: Plan
    pool: Pool
    chance: random.Random

    def person(self, sub: str) -> Person:
        return next(one for one in self.plan.owners if one.sub == sub)


Drawn = tuple[Person, Sent]
Act = Callable[[Acting], Drawn | None]


def call(
    person: Person, method: str, path: str, body: Any = None, **more: Any
) -> Drawn:
    return person, Sent(
        who=person.sub, role=person.role, method=method, path=path, body=body, **more
    )


def on_request(it: Acting) -> Hot | None:
    hot = it.pool.draw(it.chance)
    return hot if hot is not None and hot.request is not None else None
