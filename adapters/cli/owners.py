"""`bookings export` and `bookings erase`: what the law lets a car owner ask for."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from cyclopts import Parameter

from adapters import bootstrap, clock
from adapters.bootstrap import Opened
from adapters.cli import output
from adapters.reading import CoalescingReader
from application import exporting, sweeping
from application.blobs import Blobs
from application.calls import EraseCall
from application.exporting import Exported, ExportedUpload
from application.ports import Sweeps
from application.stored import Wanted
from domain.identity import Actor, Role

OPERATOR = Actor(role=Role.SYSTEM, id="bookings erase")
BOOKINGS = "bookings.jsonl"

Owner = Annotated[str, Parameter(help="The owner's id: the `sub` of their tokens.")]


async def export(
    *,
    owner: Owner,
    to: Annotated[Path, Parameter(help="A new folder, for all of it.")],
) -> None:
    _must_be_new(to)
    async with _opened() as its:
        count = len(await its.sweeps.bookings_of(owner))
        if not count:
            raise output.Failed(f"There is nothing of {owner!r} here.", exit_code=1)
        now = clock.now()
        every = exporting.export(owner, its.reader, its.store.vault, now)
        files = await _save(every, count, its.blobs, to)
    output.write(f"{count} bookings and {files} files of {owner!r} are in {to}.")


async def erase(
    *,
    owner: Owner,
    yes: Annotated[
        bool, Parameter(negative="", help="Do it: nothing brings it back.")
    ] = False,
) -> None:
    async with _opened() as its:
        found = await its.sweeps.bookings_of(owner)
        keys = await its.store.look(Wanted(owners=(owner,)))
        if owner not in keys.owner_keys:
            output.write(f"There is nothing personal of {owner!r} here.")
            return
        if not yes:
            raise output.Failed(
                f"This would erase for good what is personal in {len(found)} bookings "
                f"of {owner!r}. Export it first, if it is to be kept; then add --yes."
            )
        await its.store.commit([_call(owner)])
        files = await _remove_files(its)
    output.write(
        f"Erased: what was personal in {len(found)} bookings of {owner!r}, and {files} "
        "files. The events stay, and cannot be read."
    )


async def _remove_files(its: "_Its") -> int:
    """Remove the bytes now; whatever hinders it here, the worker does it later."""
    removed = 0
    while some := await sweeping.remove_doomed(its.sweeps, its.blobs):
        removed += some
    return removed


def _call(owner: str) -> EraseCall:
    return EraseCall(
        command_id=clock.new_id(),
        request_id=clock.new_id(),
        at=clock.now(),
        actor=OPERATOR,
        owner=owner,
    )


class _Its(NamedTuple):
    store: Opened
    reader: CoalescingReader
    sweeps: Sweeps
    blobs: Blobs


@asynccontextmanager
async def _opened() -> AsyncGenerator[_Its]:
    settings = bootstrap.settings()
    at, files = bootstrap.kind(settings), bootstrap.uploads(settings)
    async with bootstrap.opened(settings) as store:
        reads, sweeps = at.reads(), at.sweeps()
        try:
            yield _Its(store, CoalescingReader(reads.read), sweeps, files)
        finally:
            await reads.close()
            await sweeps.close()


def _must_be_new(folder: Path) -> None:
    if folder.exists():
        raise output.Failed(f"{folder} is there already; --to is a new folder.")


async def _save(
    every: AsyncIterator[Exported], count: int, files: Blobs, to: Path
) -> int:
    """Write a line for each booking, and each upload beside; return how many of these.

    Nobody else on this machine may read them.
    """
    _make(to)
    saved = done = 0
    with (to / BOOKINGS).open("xb") as lines, output.progress("Export") as told:
        async for one in every:
            lines.write(msgspec.json.encode(one) + b"\n")
            for upload in one.uploads:
                await _save_file(upload, files, to / upload.file)
                saved += 1
            done += 1
            told(done, count)
    return saved


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise output.Failed(f"{folder} cannot be made: {error.strerror}.") from None


async def _save_file(upload: ExportedUpload, files: Blobs, to: Path) -> None:
    to.parent.mkdir(mode=0o700, exist_ok=True)
    with to.open("xb") as file:
        async for piece in await files.read(upload.path):
            file.write(piece)
