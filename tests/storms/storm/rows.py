"""Whether rows say what the log says: bookings, slots, requests, messages, uploads."""

from collections.abc import Iterator

from tests.storms.storm.facts import Found
from tests.storms.storm.lives import Life, Lives


def wrong(lives: Lives, found: Found) -> Iterator[str]:
    for number, life in lives.of.items():
        yield from (
            f"booking {number}: {what}" for what in _booking(number, life, found)
        )
    yield from _nobodys(lives, found)
    yield from _uploads(lives, found)


def _booking(number: int, life: Life, found: Found) -> Iterator[str]:
    row = found.bookings.get(number)
    if row is None:
        yield "it has events and no row"
        return
    ours = (life.owner, life.status, life.start, life.revision, life.version)
    theirs = (row.owner, row.status, row.start, row.revision, row.version)
    if ours != theirs:
        yield f"its row says {theirs}, and the log {ours}"
    for name, held in life.holds.items():
        if found.slots.get((number, name)) != held:
            yield f"its {name} is {found.slots.get((number, name))}, and not {held}"
    yield from _of_booking(number, life, found)


def _of_booking(number: int, life: Life, found: Found) -> Iterator[str]:
    for request, status in life.requests.items():
        asked = found.requests.get(request)
        if asked != (number, status):
            yield f"request {request} is {asked}, and not {status}"
    for version, message in life.messages.items():
        there = found.messages.get((number, version))
        if there != message:
            yield f"message {version} is {there}, and not {message}"


def _nobodys(lives: Lives, found: Found) -> Iterator[str]:
    """Yield rows that no event explains."""
    lived = lives.of.items()
    for number in found.bookings.keys() - lives.of.keys():
        yield f"booking {number}: it has a row and no events"
    held = {(number, name) for number, life in lived for name in life.holds}
    for number, name in found.slots.keys() - held:
        yield f"booking {number}: its {name} is there, and should be free"
    asked = {request for _number, life in lived for request in life.requests}
    for request in found.requests.keys() - asked:
        yield f"request {request} has a row and no events"
    said = {(number, version) for number, life in lived for version in life.messages}
    for number, version in found.messages.keys() - said:
        yield f"booking {number}: message {version} has a row and no event"


def _uploads(lives: Lives, found: Found) -> Iterator[str]:
    """Hold that a file is in the one message that its row names, and in no other."""
    used: dict[str, tuple[int, str]] = {}
    for number, life in lives.of.items():
        for upload, message in life.uploads:
            if upload in used:
                yield f"upload {upload} is used in {used[upload][0]} and {number} too"
            used[upload] = number, message
    for upload, (number, of) in found.uploads.items():
        if of is not None and used.get(upload) != (number, of):
            yield f"upload {upload} is used by {(number, of)}, and the log says not"
    for upload, use in used.items():
        if found.uploads.get(upload) != use:
            yield f"upload {upload} is {found.uploads.get(upload)}, and used by {use}"
