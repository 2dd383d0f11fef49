"""Bearer tokens signed with the shared secret: what `bookings token` hands out."""

from datetime import datetime, timedelta
from typing import Any, Literal

import jwt

from adapters.settings import Settings

ALGORITHM = "HS256"

Role = Literal["owner", "staff", "manager", "auditor"]


def issue(
    settings: Settings,
    secret: bytes,
    *,
    sub: str,
    now: datetime,
    ttl: timedelta,
    role: Role = "owner",
    workshop: int | None = None,
) -> str:
    """Return a token that holds from `now` for `ttl`."""
    claims: dict[str, Any] = {
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "sub": sub,
        "role": role,
        "nbf": now,
        "exp": now + ttl,
    }
    if workshop is not None:
        claims["workshop"] = workshop
    return jwt.encode(claims, secret, algorithm=ALGORITHM)
