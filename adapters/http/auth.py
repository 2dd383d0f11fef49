"""Who calls: bearer tokens, checked whole before anything of a request is looked at.

Algorithms are an allow-list and never the token's choice; audience and issuer are
always checked. That a token is signed is remembered, by its exact text; whether it
still holds is asked each time.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

import jwt
import msgspec
from litestar.connection import ASGIConnection
from litestar.middleware.authentication import AuthenticationResult
from litestar.security.jwt import JWTAuth, JWTAuthenticationMiddleware, Token
from litestar.security.jwt.token import JWTDecodeOptions
from msgspec import Meta

from adapters.http import arrival
from adapters.http.problems import Problem
from adapters.tokens import ALGORITHM, Role

REMEMBERED = 4096
# The name of a route's option: the roles that it is for.
ROLES = "roles"

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


class StrictToken(Token):
    """A token of which nothing is left to chance."""

    @classmethod
    def decode_payload(  # noqa: PLR0917 - the framework's signature
        cls,
        encoded_token: str,
        secret: str,
        algorithms: list[str],
        issuer: str | Sequence[str] | None = None,
        audience: str | Sequence[str] | None = None,
        options: JWTDecodeOptions | None = None,  # noqa: ARG003 - ours are stricter
    ) -> Caller:
        """Return whom the token names. Raises `jwt.InvalidTokenError` or `ValueError`.

        `exp` and `nbf` are not held against the clock here.
        """
        return signed(
            encoded_token,
            secret,
            tuple(algorithms),
            tuple(issuer or ()),
            tuple(audience or ()),
        )


# Only what was signed gets in: an exception is not remembered.
@lru_cache(REMEMBERED)
def signed(
    token: str,
    secret: str,
    algorithms: tuple[str, ...],
    issuers: tuple[str, ...],
    audiences: tuple[str, ...],
) -> Caller:
    found = jwt.decode_complete(
        token,
        secret,
        algorithms=algorithms,
        issuer=issuers,
        audience=audiences,
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
    if "kid" in header and not _KEY_ID.fullmatch(header["kid"]):
        raise jwt.InvalidTokenError("kid")
    return msgspec.convert(found["payload"], Caller)


class BearerMiddleware(JWTAuthenticationMiddleware):
    """Asks for a token, and whether the route is for the token's role.

    A guard of the framework would cost a copy of the route's handler for each request.
    """

    async def authenticate_request(
        self, connection: Connection
    ) -> AuthenticationResult:
        given = [v for k, v in connection.scope["headers"] if k == b"authorization"]
        if not given:
            raise _unauthorized("A bearer token is needed.", "Bearer")
        match = _BEARER.fullmatch(given[0])
        if match is None or len(given) > 1:
            raise _invalid_token()
        return await self.authenticate_token(match[1].decode(), connection)

    async def authenticate_token(
        self, encoded_token: str, connection: Connection
    ) -> AuthenticationResult:
        try:
            caller = self.token_cls.decode_payload(
                encoded_token,
                self.token_secret,
                [self.algorithm],
                self.token_issuer,
                self.token_audience,
            )
        except (jwt.PyJWTError, ValueError):
            raise _invalid_token() from None
        if not caller.holds_at(arrival.of(connection.scope).received_at):
            raise _invalid_token()
        # A route that does not say whom it is for is a fault, and is for nobody.
        if caller.role not in connection.scope["route_handler"].opt[ROLES]:
            raise Problem("forbidden")
        return AuthenticationResult(user=caller, auth=encoded_token)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens are taken: signed with `secret`, by `issuer`, for `audience`."""

    secret: str
    issuer: str
    audience: str

    def __repr__(self) -> str:
        return f"Trust({self.issuer!r}, {self.audience!r})"


def bearer_auth(trust: Trust) -> JWTAuth[Caller]:
    """Return the framework's auth, which asks everywhere but where a route opts out."""
    return JWTAuth[Caller](
        token_secret=trust.secret,
        algorithm=ALGORITHM,
        accepted_audiences=[trust.audience],
        accepted_issuers=[trust.issuer],
        token_cls=StrictToken,
        authentication_middleware_class=BearerMiddleware,
        retrieve_user_handler=_never_asked,
        exclude_http_methods=["OPTIONS"],
        description="A JWT; `sub` is the caller, `role` what they may do.",
    )


async def _never_asked(_token: Any, _connection: Connection) -> None:
    """Do nothing: who calls is in the token, and the middleware takes it from there."""


def _invalid_token() -> Problem:
    return _unauthorized("The token is not valid.", 'Bearer error="invalid_token"')


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem("unauthorized", detail, headers={"www-authenticate": challenge})
