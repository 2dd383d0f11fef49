"""Who calls: bearer tokens, checked whole before anything of a request is looked at.

Algorithms are an allow-list and never the token's choice; audience and issuer are
always checked. That a token is signed is remembered, by its exact text; whether it
still holds is asked each time.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, cast

import jwt
import msgspec
from litestar.connection import ASGIConnection
from litestar.middleware import DefineMiddleware
from litestar.middleware.authentication import (
    AbstractAuthenticationMiddleware,
    AuthenticationResult,
)
from litestar.types import ASGIApp, Scope
from msgspec import Meta

from adapters.http import arrival
from adapters.http.problems import Problem
from adapters.signatures import Verifier, Verifiers
from adapters.tokens import Role

REMEMBERED = 4096
# The name of a route's option: the roles that it is for.
ROLES = "roles"
_IDENTITY = "identity"

Connection = ASGIConnection[Any, Any, Any, Any]

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TYPES = (None, "JWT", "at+jwt")
_OF_A_WORKSHOP = frozenset({"staff", "manager"})


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says; `exp` and `nbf` are seconds since 1970."""

    sub: Annotated[str, Meta(min_length=1, max_length=255)]
    role: Role
    exp: int | float
    nbf: int | float | None = None
    workshop: Annotated[int, Meta(ge=100_000_000, le=999_999_999)] | None = None

    def __post_init__(self) -> None:
        if not self.sub.isprintable():
            raise ValueError("sub is no name")
        if self.role in _OF_A_WORKSHOP and self.workshop is None:
            raise ValueError("workshop is missing")

    @property
    def is_auditor(self) -> bool:
        return self.role == "auditor"

    def serves(self, org_nr: int) -> bool:
        """Whether a token of a workshop's people is of this one.

        An auditor's that names none is of all.
        """
        return self.workshop in {None, org_nr}

    def holds_at(self, now: datetime) -> bool:
        seconds = now.timestamp()
        return (self.nbf is None or self.nbf <= seconds) and seconds < self.exp


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens are taken: as `verifiers` say, by `issuer`, for `audience`."""

    verifiers: Verifiers
    issuer: str
    audience: str

    def __repr__(self) -> str:
        return f"Trust({self.issuer!r}, {self.audience!r})"


# Only what was signed gets in: an exception is not remembered.
@lru_cache(REMEMBERED)
def signed(token: str, verifier: Verifier, issuer: str, audience: str) -> Caller:
    """Return whom a token names that has such a signature.

    `exp` and `nbf` are not held against the clock here. Raises `jwt.InvalidTokenError`
    or `ValueError`.
    """
    found = jwt.decode_complete(
        token,
        verifier.key,
        algorithms=[verifier.algorithm],
        issuer=issuer,
        audience=audience,
        options={
            "require": ["exp", "sub"],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },
    )
    header = found["header"]
    if header.get("typ") not in _TYPES or "crit" in header or "b64" in header:
        raise jwt.InvalidTokenError("header")
    if "kid" in header and not _may_be_named(header["kid"], verifier):
        raise jwt.InvalidTokenError("kid")
    return msgspec.convert(found["payload"], Caller)


def _may_be_named(kid: str, verifier: Verifier) -> bool:
    if verifier.kid is None:
        return _KEY_ID.fullmatch(kid) is not None
    return kid == verifier.kid


def read(token: str, trust: Trust) -> Caller:
    """Return whom `token` names, as `signed` does."""
    verifier = trust.verifiers.find(token)
    if verifier is None:
        raise jwt.InvalidTokenError("key")
    return signed(token, verifier, trust.issuer, trust.audience)


def identified(scope: Scope, trust: Trust) -> tuple[Caller, str]:
    """Return who calls, and by which token, found out once for each request.

    Raises the problem `unauthorized`.
    """
    state = scope["state"]
    if _IDENTITY not in state:
        state[_IDENTITY] = _identified(scope, trust)
    return cast("tuple[Caller, str]", state[_IDENTITY])


def _identified(scope: Scope, trust: Trust) -> tuple[Caller, str]:
    given = [v for k, v in scope["headers"] if k == b"authorization"]
    if not given:
        raise _unauthorized("A bearer token is needed.", "Bearer")
    match = _BEARER.fullmatch(given[0])
    if match is None or len(given) > 1:
        raise _invalid_token()
    token = match[1].decode()
    try:
        caller = read(token, trust)
    except (jwt.PyJWTError, ValueError):
        raise _invalid_token() from None
    if not caller.holds_at(arrival.of(scope).received_at):
        raise _invalid_token()
    return caller, token


class BearerMiddleware(AbstractAuthenticationMiddleware):
    """Asks for a token, and whether the route is for the token's role.

    A guard of the framework would cost a copy of the route's handler for each request.
    """

    def __init__(self, app: ASGIApp, trust: Trust) -> None:
        super().__init__(app)
        self._trust = trust

    async def authenticate_request(
        self, connection: Connection
    ) -> AuthenticationResult:
        caller, token = identified(connection.scope, self._trust)
        # A route that does not say whom it is for is a fault, and is for nobody.
        if caller.role not in connection.scope["route_handler"].opt[ROLES]:
            raise Problem("forbidden")
        return AuthenticationResult(user=caller, auth=token)


def bearer(trust: Trust) -> DefineMiddleware:
    """Return what asks for a token everywhere but where a route opts out."""
    return DefineMiddleware(BearerMiddleware, trust=trust)


def _invalid_token() -> Problem:
    return _unauthorized("The token is not valid.", 'Bearer error="invalid_token"')


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem("unauthorized", detail, headers={"www-authenticate": challenge})
