"""A small application behind the real edge: a route for each thing that can happen."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Litestar, Request, Router, get, put
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Stream

from adapters.http import auth, problems
from adapters.http.body import StrictRequest
from adapters.http.edge import Edge
from adapters.http.limiting import Limiter
from application import intent
from tests.adapters.http.asking import TRUST
from tests.examples import MONDAY, uuid

LARGE, PIECE = 2 * 1024 * 1024, 64 * 1024


@get("/api/co/bookings/{booking_id:int}")
async def read(
    booking_id: FromPath[int], request: Request[Any, Any, Any]
) -> dict[str, Any]:
    return {"id": booking_id, "sub": request.user.sub}


@put("/api/co/bookings/{booking_id:int}")
async def write(booking_id: FromPath[int], request: StrictRequest) -> dict[str, Any]:
    return {"id": booking_id, "body": await request.json()}


@put("/api/co/bookings/{booking_id:int}/intents")
async def want(booking_id: FromPath[int], request: StrictRequest) -> dict[str, Any]:
    intent.parse(await request.json())
    return {"id": booking_id}


@get("/api/co/bookings/{booking_id:int}/change-requests/{request_id:uuid}")
async def read_request(
    booking_id: FromPath[int], request_id: FromPath[UUID]
) -> dict[str, Any]:
    return {"booking_id": booking_id, "id": request_id}


@get("/open", exclude_from_auth=True)
async def read_openly() -> str:
    return "<b>anyone</b>"


@get("/for-nobody")
async def read_as_nobody() -> str:
    return "nobody"


@get("/fault", exclude_from_auth=True)
async def fail() -> None:
    raise RuntimeError("SELECT secret\nFROM forged")


@get("/teapot", exclude_from_auth=True)
async def brew() -> None:
    raise HTTPException(detail="short and stout", status_code=418)


@get("/half", exclude_from_auth=True)
async def answer_half() -> Stream:
    async def half() -> AsyncIterator[str]:
        yield "half an answer"
        raise RuntimeError("the other half is lost")

    return Stream(half())


@get("/large", exclude_from_auth=True)
async def answer_at_length() -> bytes:
    return bytes(LARGE)


@get("/long", exclude_from_auth=True)
async def answer_piece_by_piece() -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        for _piece in range(LARGE // PIECE):
            yield bytes(PIECE)

    return Stream(pieces())


def framework() -> Litestar:
    owners = Router(
        "/",
        opt={auth.ROLES: {"owner"}},
        route_handlers=[read, write, want, read_request],
    )
    return Litestar(
        [
            owners,
            read_openly,
            read_as_nobody,
            fail,
            brew,
            answer_half,
            answer_at_length,
            answer_piece_by_piece,
        ],
        request_class=StrictRequest,
        exception_handlers={HTTPException: problems.answer, Exception: problems.answer},
        middleware=[auth.bearer(TRUST)],
        openapi_config=None,
        logging_config=None,
    )


def edge(
    now: datetime = MONDAY,
    body_seconds: float = 15.0,
    limiter: Limiter | None = None,
) -> Edge:
    return Edge(
        framework(),
        clock=lambda: now,
        new_id=lambda: uuid(77),
        body_seconds=body_seconds,
        limiter=limiter,
    )


APP = edge()
