"""Requests to an ASGI application, raw path and all, and tokens that it trusts."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import jwt
from litestar.types import ASGIApp

from adapters.http.auth import Trust
from adapters.signatures import SharedSecret
from tests.examples import MONDAY, ORG_NR, OWNER

SECRET = "a secret of tests that is long enough"  # noqa: S105 - it guards nothing
TRUST = Trust(
    verifiers=SharedSecret(SECRET), issuer="bookings", audience="bookings-api"
)


def ask(
    app: ASGIApp,
    path: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
    content: bytes | AsyncIterator[bytes] | None = None,
) -> httpx.Response:
    """Return the answer to one request; `path` is sent exactly as it is."""

    async def asking() -> httpx.Response:
        # An ASGI application is one by its behaviour: two libraries type it apart.
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client:
            url = httpx.URL("http://test").copy_with(raw_path=path.encode())
            return await client.request(method, url, headers=headers, content=content)

    return asyncio.run(asking())


def claims(**changed: Any) -> dict[str, Any]:
    """Return what an owner's good token says; None leaves a claim out."""
    good = {
        "sub": OWNER.id,
        "role": "owner",
        "iss": TRUST.issuer,
        "aud": TRUST.audience,
        "exp": int((MONDAY + timedelta(hours=1)).timestamp()),
    }
    return {k: v for k, v in (good | changed).items() if v is not None}


def token(
    *,
    secret: str | bytes | None = SECRET,
    algorithm: str = "HS256",
    header: dict[str, Any] | None = None,
    **changed: Any,
) -> str:
    """Return a token, signed whatever it says."""
    payload = json.dumps(claims(**changed)).encode()
    return jwt.PyJWS().encode(payload, secret or "", algorithm, headers=header)


def bearer(**changed: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {token(**changed)}"}


STAFF_CLAIMS = {"sub": "staff-1", "role": "staff", "workshop": ORG_NR}
