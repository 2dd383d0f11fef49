"""A worker whose clock is ahead: what it took before its time would not come back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from adapters import clock
from adapters.blobs import LocalBlobs
from adapters.vault import AesVault
from application.calls import UploadCall
from application.committer import Committer
from application.stored import KeyId, Upload, UploadStatus
from application.sweeping import Sweeper
from domain.identity import Actor, Role
from tests import running, stores
from tests.examples import DAY

OWNER = Actor(role=Role.OWNER, id="kari")
AHEAD = 5 * DAY

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@asynccontextmanager
async def ahead(url: str, root: Path) -> AsyncGenerator[tuple[Committer, Sweeper]]:
    """Yield a committer and a sweeper by whose clock it is five days later."""
    vault = AesVault(b"m" * 32)
    async with stores.storing(url) as store, stores.sweeping(url) as sweeps:
        committer = Committer(store, vault, lambda _error: None)
        task = asyncio.create_task(committer.run())
        try:
            yield (
                committer,
                Sweeper(
                    sweeps=sweeps,
                    blobs=LocalBlobs(root),
                    change=committer.change,
                    now=lambda: clock.now() + AHEAD,
                    new_id=clock.new_id,
                ),
            )
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def announcing(booking_id: int) -> UploadCall:
    """Return a call that announces a file now, under a key."""
    at = clock.now()
    scope = f"booking-{booking_id}"
    return UploadCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=at,
        actor=OWNER,
        booking_id=booking_id,
        owner=OWNER.id,
        upload=Upload(
            id=clock.new_id(),
            booking_id=booking_id,
            owner=OWNER.id,
            name="bil.jpg",
            size=5,
            sha256=None,
            content_type=None,
            stored_sha256=None,
            status=UploadStatus.CREATED,
            message_id=None,
            created_at=at,
        ),
        is_new=True,
        key=KeyId(caller=OWNER.id, scope=scope, key="key"),
    )


async def test_a_process_that_is_ahead_takes_nothing_before_its_time(
    store_url: str, tmp_path: Path
):
    """By its clock the booking was never confirmed, the file and the key are old."""
    booked = await running.place_one_each(store_url, [OWNER.id])
    async with ahead(store_url, tmp_path) as (committer, sweeper):
        call = announcing(booked[OWNER.id])
        await committer.change(call)
        done = {what: (await step()).done for what, step in sweeper.all.items()}

        # On SQLite there is no clock but this one.
        each = int(stores.is_sqlite(store_url))
        assert done == dict.fromkeys(sweeper.all, each)
        if not each:
            assert (await committer.change(call)).is_replay
