"""What the routes work with, and how a handler gets hold of it."""

from typing import Any, cast

import msgspec
from litestar import Request

from adapters.http.auth import Trust
from application.committer import Committer
from application.ports import Clock, Ids
from application.queries import Reader
from application.sealing import Vault


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """All of one event loop. The application runs the committer, and closes nothing."""

    committer: Committer
    reader: Reader
    vault: Vault
    clock: Clock
    new_id: Ids
    trust: Trust


def of(request: Request[Any, Any, Any]) -> Services:
    return cast("Services", request.app.state.services)
