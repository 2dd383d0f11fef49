"""What is done behind the commands is done once, whoever is killed where it hurts."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import clock
from adapters.blobs import LocalBlobs
from application import blobs
from application.answers import Answered
from application.calls import AnyCall, EraseCall, NotFound, UploadCall
from application.committer import Committer
from application.failures import Unavailable
from application.stored import KeyId, Upload, UploadStatus
from application.sweeping import Step, Sweeper
from domain import events
from domain.structs import replace
from tests import running, stores, stories
from tests.examples import (
    BOOKING_ID,
    DAY,
    FRIDAY,
    MONDAY,
    OPERATOR,
    OTHER_BOOKING_ID,
    OTHER_OWNER,
    OWNER,
    THURSDAY,
    uuid,
)

pytestmark = pytest.mark.anyio

CONTENT = b"photo"
ANNOUNCED = Upload(
    id=uuid(70),
    booking_id=BOOKING_ID,
    owner=OWNER.id,
    name="bil.jpg",
    size=len(CONTENT),
    sha256=None,
    content_type=None,
    stored_sha256=None,
    status=UploadStatus.CREATED,
    message_id=None,
    created_at=MONDAY,
)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Desk:
    """A store with a workshop, a folder for bytes, and a sweeper at a chosen time."""

    def __init__(
        self, committer: Committer, sweeps: stores.Sweeps, root: Path, url: str
    ) -> None:
        self.now = MONDAY
        self.url = url
        self.root = root
        self.kept = LocalBlobs(root)
        self._committer = committer
        self._sweeps = sweeps

    def sweeper(self, batch: int = 100) -> Sweeper:
        """Return a new one, as a process has that was just started."""
        return Sweeper(
            sweeps=self._sweeps,
            blobs=self.kept,
            change=self._committer.change,
            now=lambda: self.now,
            new_id=clock.new_id,
            batch=batch,
        )

    async def change(self, call: AnyCall) -> Answered:
        return await self._committer.change(call)

    async def announce(self, number: int) -> Upload:
        upload = replace(ANNOUNCED, id=uuid(number), created_at=self.now)
        await self.change(self.of(upload, is_new=True))
        return upload

    async def upload(self, number: int) -> Upload:
        """Announce a file, and send its bytes."""
        upload = complete(await self.announce(number))
        await self.kept.keep(blobs.path(upload), CONTENT)
        await self.change(self.of(upload, is_new=False))
        return upload

    def of(self, upload: Upload, *, is_new: bool, key: str | None = None) -> UploadCall:
        scope = f"booking-{BOOKING_ID}"
        return UploadCall(
            command_id=clock.new_id(),
            request_id=clock.new_id(),
            at=self.now,
            actor=OWNER,
            booking_id=BOOKING_ID,
            owner=OWNER.id,
            upload=upload,
            is_new=is_new,
            key=None if key is None else KeyId(caller=OWNER.id, scope=scope, key=key),
        )

    async def attach(self, upload: Upload) -> None:
        wish = stories.message("Look.", at=self.now, number=1)
        with_it = replace(wish, uploads=(upload.id,))
        await self.change(stories.call(BOOKING_ID, OWNER, with_it))

    def has(self, upload: Upload) -> bool:
        """Whether there are bytes of it."""
        return (self.root / blobs.folder(upload)).exists()

    def rows(self) -> int:
        return len(stories.rows(self.url, "SELECT 1 FROM upload"))

    def events(self, booking_id: int = BOOKING_ID) -> list[type]:
        return [type(event) for event in running.history(self.url, booking_id)]


def complete(upload: Upload) -> Upload:
    return replace(
        upload,
        status=UploadStatus.COMPLETE,
        content_type="image/jpeg",
        stored_sha256=bytes(32),
    )


@asynccontextmanager
async def committing(store: stores.Store) -> AsyncGenerator[Committer]:
    committer = Committer(store, stories.VAULT, die)
    task = asyncio.create_task(committer.run())
    try:
        yield committer
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def die(error: BaseException) -> None:
    raise error


@pytest.fixture
async def desk(store_url: str, tmp_path: Path) -> AsyncGenerator[Desk]:
    """Yield a store with two bookings that nobody has confirmed yet."""
    stores.migrate(store_url)
    async with (
        stores.storing(store_url) as store,
        stores.sweeping(store_url) as sweeps,
        committing(store) as committer,
    ):
        desk = Desk(committer, sweeps, tmp_path / "uploads", store_url)
        await desk.change(stories.STORY[0])
        await desk.change(stories.place(BOOKING_ID, THURSDAY))
        await desk.change(stories.place(OTHER_BOOKING_ID, FRIDAY, OTHER_OWNER))
        yield desk


async def until_done(step: Step) -> int:
    """Do a step until nothing is left; return how much it did."""
    done = 0
    while True:
        swept = await step()
        done += swept.done
        if swept.is_all:
            return done


async def test_a_booking_whose_start_came_is_cancelled_in_the_log_once(desk: Desk):
    desk.now = THURSDAY - MOMENT
    assert (await desk.sweeper().write_facts()).done == 0
    desk.now = THURSDAY

    assert (await desk.sweeper().write_facts()).done == 1
    assert (await desk.sweeper().write_facts()).done == 0

    assert desk.events() == [events.Placed, events.Cancelled]
    assert desk.events(OTHER_BOOKING_ID) == [events.Placed]


async def test_a_request_that_ran_out_is_expired_in_the_log(desk: Desk):
    await desk.change(stories.confirm(BOOKING_ID))
    desk.now = THURSDAY - DAY / 2
    await desk.change(stories.move(BOOKING_ID, FRIDAY + DAY, at=desk.now, number=1))
    desk.now = THURSDAY

    await until_done(desk.sweeper().write_facts)

    assert desk.events() == [
        events.Placed,
        events.Confirmed,
        events.ChangeRequested,
        events.ChangeExpired,
    ]


async def test_several_who_sweep_at_once_write_each_fact_once(desk: Desk):
    desk.now = FRIDAY

    await asyncio.gather(*(until_done(desk.sweeper().write_facts) for _ in range(4)))

    for booking_id in (BOOKING_ID, OTHER_BOOKING_ID):
        assert desk.events(booking_id) == [events.Placed, events.Cancelled]


async def test_what_is_more_than_a_batch_is_done_in_several(desk: Desk):
    desk.now = FRIDAY
    sweeper = desk.sweeper(batch=1)

    swept = [await sweeper.write_facts() for _time in range(3)]

    assert [(one.done, one.is_all) for one in swept] == [
        (1, False),
        (1, False),
        (0, True),
    ]


async def test_a_booking_that_cannot_be_read_keeps_no_other_waiting(desk: Desk):
    desk.now = FRIDAY
    nonsense = stories.literal(desk.url, b"?")
    stores.execute(
        desk.url,
        f"UPDATE booking SET state = {nonsense} WHERE id = {BOOKING_ID}",  # noqa: S608 - ours
    )

    swept = await desk.sweeper().write_facts()

    assert (swept.done, swept.is_all, len(swept.faults)) == (1, True, 1)
    assert desk.events(OTHER_BOOKING_ID) == [events.Placed, events.Cancelled]


async def test_bookings_that_cannot_be_read_keep_none_behind_them_waiting(desk: Desk):
    desk.now = FRIDAY
    nonsense = stories.literal(desk.url, b"?")
    stores.execute(
        desk.url,
        f"UPDATE booking SET state = {nonsense} WHERE id = {BOOKING_ID}",  # noqa: S608 - ours
    )
    sweeper = desk.sweeper(batch=1)

    for _time in range(2):
        rounds = [await sweeper.write_facts()]
        while not rounds[-1].is_all:
            rounds.append(await sweeper.write_facts())

        # Each is tried once in a round, and again in the next.
        assert [len(one.faults) for one in rounds] == [1] + [0] * (len(rounds) - 1)
    assert desk.events(OTHER_BOOKING_ID) == [events.Placed, events.Cancelled]


async def test_an_upload_that_nobody_used_goes_after_a_day(desk: Desk):
    announced, sent, used = [
        await desk.announce(71),
        await desk.upload(72),
        await desk.upload(73),
    ]
    await desk.attach(used)

    desk.now = MONDAY + DAY
    assert (await desk.sweeper().doom_unused()).done == 0
    assert (await desk.sweeper().remove_doomed()).done == 0
    desk.now += MOMENT
    assert (await desk.sweeper().doom_unused()).done == 2
    assert (await desk.sweeper().remove_doomed()).done == 2

    assert [desk.has(upload) for upload in (announced, sent, used)] == [
        False,
        False,
        True,
    ]
    assert desk.rows() == 1
    assert list(desk.root.glob("*/*/*")) == [desk.root / blobs.path(used)]


async def test_who_is_killed_after_dooming_left_what_the_next_one_removes(desk: Desk):
    upload = await desk.upload(71)
    desk.now += DAY + MOMENT

    await desk.sweeper().doom_unused()

    # Nobody can use it any more, but it is all there.
    assert (desk.has(upload), desk.rows()) == (True, 1)
    assert (await desk.sweeper().doom_unused()).done == 0
    assert (await desk.sweeper().remove_doomed()).done == 1
    assert (desk.has(upload), desk.rows()) == (False, 0)


async def test_who_is_killed_between_bytes_and_row_left_a_row_that_goes(desk: Desk):
    upload = await desk.upload(71)
    desk.now += DAY + MOMENT
    await desk.sweeper().doom_unused()
    await desk.kept.remove(blobs.folder(upload))

    assert (await desk.sweeper().remove_doomed()).done == 1
    assert desk.rows() == 0


async def test_bytes_that_came_before_their_row_was_complete_go_with_it(desk: Desk):
    upload = await desk.announce(71)
    await desk.kept.keep(blobs.path(complete(upload)), CONTENT)
    desk.now += DAY + MOMENT

    await desk.sweeper().doom_unused()
    await desk.sweeper().remove_doomed()

    assert (desk.has(upload), desk.rows()) == (False, 0)


async def test_bytes_that_come_for_what_was_given_up_are_refused(desk: Desk):
    upload = await desk.announce(71)
    desk.now += DAY + MOMENT
    await desk.sweeper().doom_unused()

    with pytest.raises(NotFound):
        await desk.change(desk.of(complete(upload), is_new=False))


async def test_bytes_that_cannot_be_reached_keep_their_row_and_no_other(desk: Desk):
    first, second = await desk.upload(71), await desk.upload(72)
    desk.now += DAY + MOMENT
    await desk.sweeper().doom_unused()
    await desk.kept.remove(blobs.folder(second))
    # A disk that does not do what it should.
    (desk.root / blobs.folder(second)).parent.mkdir(exist_ok=True)
    (desk.root / blobs.folder(second)).write_text("in the way")

    with pytest.raises(Unavailable):
        await desk.sweeper().remove_doomed()

    assert (desk.has(first), desk.rows()) == (False, 1)
    (desk.root / blobs.folder(second)).unlink()
    assert (await desk.sweeper().remove_doomed()).done == 1
    assert desk.rows() == 0


async def test_bytes_that_have_not_come_have_no_place(desk: Desk):
    upload = await desk.announce(71)

    with pytest.raises(ValueError, match="no bytes yet"):
        blobs.path(upload)


async def test_when_nothing_could_be_removed_no_row_is(desk: Desk):
    upload = await desk.announce(71)
    desk.now += DAY + MOMENT
    await desk.sweeper().doom_unused()
    (desk.root / blobs.folder(upload)).parent.mkdir(parents=True)
    (desk.root / blobs.folder(upload)).write_text("in the way")

    with pytest.raises(Unavailable):
        await desk.sweeper().remove_doomed()

    assert desk.rows() == 1


async def test_of_an_owner_who_is_forgotten_the_bytes_go_at_once(desk: Desk):
    used, unused = await desk.upload(71), await desk.upload(72)
    await desk.attach(used)
    erase = EraseCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=desk.now,
        actor=OPERATOR,
        owner=OWNER.id,
    )
    await desk.change(erase)

    assert (await desk.sweeper().remove_doomed()).done == 2
    assert [desk.has(upload) for upload in (used, unused)] == [False, False]
    assert desk.rows() == 0


async def test_a_key_is_forgotten_after_a_day_and_not_before(desk: Desk):
    call = desk.of(replace(ANNOUNCED, id=uuid(71)), is_new=True, key="key")
    await desk.change(call)
    stores.use_key(desk.url, "key", MONDAY)
    desk.now += DAY
    assert (await desk.sweeper().forget_keys()).done == 0
    assert (await desk.change(call)).is_replay
    desk.now += MOMENT

    assert (await desk.sweeper().forget_keys()).done == 1

    again = desk.of(replace(ANNOUNCED, id=uuid(72)), is_new=True, key="key")
    assert not (await desk.change(again)).is_replay


async def test_every_step_is_done_and_what_needs_the_disk_comes_last(desk: Desk):
    sweeper = desk.sweeper()
    upload = await desk.upload(71)
    desk.now = FRIDAY + DAY

    for step in sweeper.all.values():
        await step()

    assert set(sweeper.often) < set(sweeper.all)
    assert list(sweeper.all)[-1] == "doomed uploads"
    assert not desk.has(upload)
    assert desk.events() == [events.Placed, events.Cancelled]
