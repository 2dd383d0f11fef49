"""How many calls are taken of one address and of one token, in a window of time.

Every call counts, whatever it would be answered; only `/health` never does, so that no
flood makes a process look dead. A token counts for whom it names once its signature is
good: nobody uses up what is another's.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from litestar.types import HTTPScope

from adapters.connections import Connections
from adapters.counting import Counter, Uncounted
from adapters.http import addresses, arrival, auth
from adapters.http.addresses import Network
from adapters.http.auth import Trust
from adapters.http.problems import Problem

_NEVER = b"/health/"
_REMEMBERED = 4096


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """At most `calls` in each window of `seconds`."""

    calls: int
    seconds: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a caller stands; `reset` is in how many seconds the next window begins."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset),
        }


class Limiter:
    """Lets calls in, or raises the problem that keeps them out.

    When they cannot be counted, all are let in, or none if it `fails_closed`.
    """

    def __init__(
        self,
        counter: Counter,
        trust: Trust,
        *,
        per_token: Limit | None = None,
        per_address: Limit | None = None,
        proxies: Sequence[Network] = (),
        fails_closed: bool = False,
    ) -> None:
        self._counter = counter
        self._trust = trust
        self._per_token = per_token
        self._per_address = per_address
        self._proxies = proxies
        self._fails_closed = fails_closed

    @property
    def connections(self) -> Connections:
        return self._counter.connections

    async def admit(self, scope: HTTPScope) -> dict[str, str]:
        """Return the headers that tell a caller where it stands.

        Raises the problems `rate_limited` and `unavailable`.
        """
        if scope["raw_path"].startswith(_NEVER):
            return {}
        try:
            standings = await self._count(scope)
        except Uncounted:
            if self._fails_closed:
                raise Problem("unavailable", "Calls cannot be counted now.") from None
            return {}
        if not standings:
            return {}
        return min(standings, key=lambda standing: standing.remaining).headers

    async def _count(self, scope: HTTPScope) -> Sequence[Standing]:
        """Count the address before the token, whose signature takes time to check."""
        found: list[Standing] = []
        now = int(arrival.of(scope).received_at.timestamp())
        if self._per_address is not None:
            address = addresses.of(scope, self._proxies)
            found.append(await self._one(f"address {address}", self._per_address, now))
        if self._per_token is not None:
            sub = self._sub(scope)
            if sub is not None:
                found.append(await self._one(f"token {sub}", self._per_token, now))
        return found

    async def _one(self, who: str, limit: Limit, now: int) -> Standing:
        window, gone = divmod(now, limit.seconds)
        count = await self._counter.count(_unreadable(who), window, limit.seconds)
        standing = Standing(
            limit=limit.calls,
            remaining=max(0, limit.calls - count),
            reset=limit.seconds - gone,
        )
        if count > limit.calls:
            wait = {"retry-after": str(standing.reset)}
            raise Problem("rate_limited", headers=standing.headers | wait)
        return standing

    def _sub(self, scope: HTTPScope) -> str | None:
        try:
            caller, _token = auth.identified(scope, self._trust)
        except Problem:
            # It is told so further inside.
            return None
        return caller.sub


@lru_cache(_REMEMBERED)
def _unreadable(who: str) -> str:
    """Return a key: neither names nor addresses are anybody's to read elsewhere."""
    return hashlib.blake2b(who.encode(), digest_size=16).hexdigest()
