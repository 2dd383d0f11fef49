"""A policy as it is sent: whole, read strictly, and free of contradictions.

A document that was answered has a `version`; sent again it may have that member, which
is read by `If-Match` and by nobody else.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from application import checks, documents, trees
from application.checks import BodyError, Check, Errors, InvalidBody
from domain import soundness
from domain.policy import Policy


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate, held against what was decided in [first, last)."""

    policy: Policy
    first: datetime
    last: datetime


def parse(body: Any) -> Policy:
    """Return the policy that is `body`. Raises `InvalidBody`."""
    errors: Errors = []
    policy = _policy(errors, body, "")
    if policy is None:
        raise InvalidBody(errors)
    return policy


def parse_simulation(body: Any) -> Simulation:
    """Return what `body` asks to be simulated. Raises `InvalidBody`."""
    values = checks.right(body, _SIMULATION, tuple(_SIMULATION), together=_period)
    return Simulation(policy=values["policy"], first=values["from"], last=values["to"])


def _policy(errors: Errors, value: Any, pointer: str) -> Policy | None:
    before = len(errors)
    if trees.is_object(value) and "version" in value:
        value = dict(value)
        checks.integer(errors, value.pop("version"), f"{pointer}/version", 1, 2**31 - 1)
    found = list(documents.problems(value, Policy, pointer))
    policy = None if found else msgspec.convert(value, Policy)
    if policy is not None:
        found = [
            documents.Problem(f"{pointer}{at}", code, detail)
            for at, code, detail in soundness.problems(policy)
        ]
    for at, code, detail in found:
        checks.wrong(errors, at, code, detail)
    return policy if len(errors) == before else None


def _period(values: Mapping[str, Any]) -> Iterator[BodyError]:
    if values["to"] <= values["from"]:
        yield BodyError(pointer="/to", code="format", detail="It is after `from`.")


_SIMULATION: dict[str, Check] = {
    "policy": _policy,
    "from": checks.moment,
    "to": checks.moment,
}
