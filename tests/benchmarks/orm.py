"""The same PUT as FastAPI and SQLAlchemy would have it: an update and its audit row.

Served as ours is. SQLAlchemy's core, which does less for a row than its sessions do;
every statement compiled once and prepared, both in one transaction.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, cast
from uuid import UUID

import jwt
import msgspec
import psycopg
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from litestar.types import ASGIApp
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters import clock
from adapters.http import auth
from adapters.http.auth import Caller, Trust
from adapters.postgres import connection
from adapters.settings import Settings
from tests.benchmarks import stack

POOL = 16  # connections: with eight or 32 it was not faster
_BEARER = "Bearer "

_tables = sa.MetaData()
_bookings = sa.Table(
    "plain_booking",
    _tables,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("owner", sa.Text),
    sa.Column("starts_at", sa.DateTime(timezone=True)),
    sa.Column("revision", sa.BigInteger),
    sa.Column("message", sa.Text),
    sa.Column("key", sa.Text),
)
_audit = sa.Table(
    "plain_audit",
    _tables,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("booking_id", sa.BigInteger),
    sa.Column("actor", sa.Text),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("key", sa.Text),
    sa.Column("change", JSONB),
)
UPDATE = (
    sa.update(_bookings)
    .where(
        _bookings.c.id == sa.bindparam("of_booking"),
        _bookings.c.owner == sa.bindparam("of_owner"),
    )
    .values(
        starts_at=sa.bindparam("start"),
        message=sa.bindparam("text"),
        key=sa.bindparam("under"),
        revision=_bookings.c.revision + 1,
    )
    .returning(_bookings.c.revision)
)
AUDIT = _audit.insert().inline()


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(Strict):
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    client_message_id: UUID | None = None


class Body(Strict):
    """What the load sends; what else a PUT may want, no peer knows."""

    service_start_time: AwareDatetime
    message: Message


Key = Annotated[str | None, Header(min_length=1, max_length=255)]


def api(engine: AsyncEngine, trust: Trust) -> FastAPI:
    made = FastAPI(openapi_url=None)

    async def caller(authorization: Annotated[str, Header()]) -> Caller:
        return _caller(authorization, trust)

    @made.get("/health/ready")
    async def ready() -> None:
        pass

    @made.put("/api/co/bookings/{booking_id}")
    async def change(
        booking_id: int,
        body: Body,
        who: Annotated[Caller, Depends(caller)],
        idempotency_key: Key = None,
    ) -> Response:
        await _change(engine, booking_id, body, who.sub, idempotency_key)
        return Response(
            stack.known(), media_type="application/json", headers=stack.HEADERS
        )

    return made


def _caller(authorization: str, trust: Trust) -> Caller:
    """Return who calls, whose token is checked as ours checks it."""
    try:
        found = auth.read(authorization.removeprefix(_BEARER), trust)
    except (jwt.PyJWTError, ValueError):
        raise HTTPException(401) from None
    if not found.holds_at(clock.now()):
        raise HTTPException(401)
    if found.role != "owner":
        raise HTTPException(403)
    return found


async def _change(
    engine: AsyncEngine, booking_id: int, body: Body, owner: str, key: str | None
) -> None:
    update = {
        "of_booking": booking_id,
        "of_owner": owner,
        "start": body.service_start_time,
        "text": body.message.text,
        "under": key,
    }
    audit = {
        "booking_id": booking_id,
        "actor": owner,
        "at": clock.now(),
        "key": key,
        "change": body.model_dump(mode="json", exclude_none=True),
    }
    async with engine.begin() as conn:
        if (await conn.execute(UPDATE, update)).first() is None:
            raise HTTPException(404)
        await conn.execute(AUDIT, audit)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[ASGIApp]:
    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=partial(_connect, settings.database_url),
        pool_size=POOL,
        max_overflow=0,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
    )
    try:
        # Both frameworks speak ASGI; only their names for its types differ.
        yield cast("ASGIApp", api(engine, stack.trust(settings)))
    finally:
        await engine.dispose()


async def _connect(url: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(
        connection.conninfo(url), prepare_threshold=0
    )


if __name__ == "__main__":
    stack.serve(_opened)
