"""One event in words: where it is from, what it changed, how it was judged."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from application import trees
from application.history import Change
from domain.identity import Actor
from domain.rules import PolicyDecision


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def origin(at: datetime, actor: Actor, request_id: UUID) -> Iterator[str]:
    yield moment(at)
    yield f"{actor.role.value} {actor.id}"
    yield str(request_id)


def changes(made: Iterable[Change]) -> Iterator[str]:
    for change in made:
        if trees.is_object(change.to):
            yield f"{change.field}:"
            for path, value in trees.leaves(change.to):
                yield f"  {path}: {value}"
        elif change.from_ is None:
            yield f"{change.field}: {change.to}"
        else:
            old = "…" if trees.is_object(change.from_) else change.from_
            yield f"{change.field}: {old} → {change.to}"


def judged(decision: PolicyDecision | None) -> Iterator[str]:
    if decision is None:
        return
    for rule in decision.rules:
        told = "passed" if rule.passed else f"failed, so {rule.effect.value}"
        yield f"policy: {rule.id} {told}"
