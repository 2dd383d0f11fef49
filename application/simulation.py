"""What a candidate policy would have made of the decisions that were recorded.

Only what happened or was asked has a decision in the log: what a policy denied left no
trace, and what was never tried cannot be known.
"""

from datetime import datetime

import msgspec

from application import codec, past
from application.past import Decided
from application.policies import Simulation
from application.queries import Reader
from domain import rejudge
from domain.policy import Policy
from domain.rules import PolicyDecision, Verdict

MOST_FLIPS = 1000
# A candidate has no version yet.
_NO_VERSION = 0


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that would have been another; `rules` are those that say why.

    `version` and `type` are those of the event in its booking's history.
    """

    booking_id: int
    version: int
    type: str
    at: datetime
    from_: Verdict = msgspec.field(name="from")
    to: Verdict
    rules: tuple[str, ...]


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """`flips` are the first of those that `flipped` counts, by time."""

    decisions: int
    flipped: int
    flips: tuple[Flip, ...]


async def simulate(reader: Reader, org_nr: int, asked: Simulation) -> Simulated:
    """Judge again, by `asked.policy`, what was decided at a workshop in the period."""
    flips: list[Flip] = []
    count = 0
    period = past.decisions(reader, org_nr, since=asked.first, until=asked.last)
    async for decided in period:
        count += 1
        flip = _flip(decided, asked.policy)
        if flip is not None:
            flips.append(flip)
    flips.sort(key=lambda flip: (flip.at, flip.booking_id, flip.version))
    return Simulated(
        decisions=count, flipped=len(flips), flips=tuple(flips[:MOST_FLIPS])
    )


def _flip(decided: Decided, candidate: Policy) -> Flip | None:
    recorded = decided.recorded
    then = rejudge.decision_of(recorded.event)
    now = rejudge.again(recorded.event, decided.before, candidate, _NO_VERSION)
    if then is None or now is None or then.verdict is now.verdict:
        return None
    return Flip(
        booking_id=decided.before.id,
        version=recorded.version,
        type=codec.tag_of(recorded.event),
        at=recorded.origin.at,
        from_=then.verdict,
        to=now.verdict,
        rules=_differing(then, now),
    )


def _differing(then: PolicyDecision, now: PolicyDecision) -> tuple[str, ...]:
    effects = {rule.id: rule.effect for rule in then.rules}
    return tuple(rule.id for rule in now.rules if rule.effect != effects.get(rule.id))
