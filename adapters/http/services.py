"""What the routes work with, and how a handler gets hold of it."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import msgspec
from litestar import Request

from adapters.http.auth import Trust
from adapters.http.incoming import Incoming
from application.committer import Committer, never
from application.ports import Clock, Ids
from application.queries import Reader
from application.sealing import Vault


class DrawIds(Protocol):
    """Returns new ids of bookings at a workshop, as `Store.draw_ids` does."""

    async def __call__(self, org_nr: int, count: int) -> Sequence[int]: ...


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """All of one event loop. The application runs the committer, and closes nothing.

    `is_leaving` says that the process is about to end.
    """

    committer: Committer
    draw_ids: DrawIds
    reader: Reader
    incoming: Incoming
    vault: Vault
    clock: Clock
    new_id: Ids
    trust: Trust
    is_leaving: Callable[[], bool] = never


def of(request: Request[Any, Any, Any]) -> Services:
    return cast("Services", request.app.state.services)
