"""Bodies about a workshop's policy, which is itself as it is kept."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from adapters.http.schemas import texts
from domain.policy import Policy


class PolicyDocument(Policy, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole policy: what is left out is the default.

    `version` may stand there as it was answered; `If-Match` is what compares it.
    """

    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | UnsetType = UNSET


class Simulation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A candidate for the decisions from `from` to before `to`, which comes later."""

    policy: PolicyDocument
    first: texts.Moment = msgspec.field(name="from")
    last: texts.Moment = msgspec.field(name="to")
