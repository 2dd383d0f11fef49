"""What is known of a request when it comes in; it is kept in the request's scope."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar.types import Scope

_NAME = "arrival"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """`received_at` is the `now` of everything that the request causes."""

    request_id: UUID
    received_at: datetime


def remember(scope: Scope, arrival: Arrival) -> None:
    cast("dict[str, Any]", scope).setdefault("state", {})[_NAME] = arrival


def of(scope: Scope) -> Arrival:
    return cast("Arrival", scope["state"][_NAME])
