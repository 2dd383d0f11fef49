"""What an append sends, and in which order, as a list made without I/O.

The head row comes first, always: whoever waits, waits there, so nobody deadlocks.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from adapters import rows, sql
from adapters.postgres.arrays import Array, Bigints, Blobs, Texts, Times, Uuids
from application.stored import Append, Wanted

STATEMENTS = {
    name: text.encode()
    for file in ("statements.sql", "reads.sql", "sweeps.sql", "keys.sql")
    for name, text in sql.load("adapters.postgres", file).items()
}


class Statement(NamedTuple):
    """A statement by its name, with its parameters."""

    name: str
    params: Sequence[Any] = ()


def append(batch: Append, epoch: int) -> list[Statement]:
    """Return the whole transaction that writes `batch`."""
    return [*lock(epoch), *writes(batch), Statement("commit")]


def lock(epoch: int) -> list[Statement]:
    """Return a transaction's beginning: `check_head` gives the log's last position."""
    return [
        Statement("begin"),
        Statement("lock_head"),
        Statement("check_head", (epoch,)),
    ]


def writes(batch: Append) -> list[Statement]:
    """Return what `batch` changes, in the order in which it must be sent."""
    released, claimed = rows.slots(batch)
    count = (len(batch.stored),)
    plan = [
        *_forget(batch.forgotten_owners),
        _over("insert_answers", rows.answers(batch), _ANSWER),
        _over("insert_owner_keys", batch.owner_keys, (Texts, Blobs, Times)),
        _over("insert_uploads", rows.new_uploads(batch), _UPLOAD),
        _over("update_uploads", rows.changed_uploads(batch), _CHANGED_UPLOAD),
        _over("delete_slots", [slot[:2] for slot in released], (Bigints, Texts)),
        _over("insert_slots", claimed, _SLOT),
        _over("insert_events", _events(batch), (Texts, Bigints, Texts, Blobs)),
        _over("upsert_bookings", rows.bookings(batch), _BOOKING, count),
        _over("upsert_workshops", rows.workshops(batch), _WORKSHOP, count),
        _over("upsert_change_requests", rows.change_requests(batch), _REQUEST, count),
        _over("insert_messages", rows.messages(batch), _MESSAGE, count),
    ]
    return [statement for statement in plan if statement is not None]


def find(batch: Append) -> Statement | None:
    """Return what finds the first row of a transaction, if it has one to be told by.

    Its only column is the position of the first event, or 1 for an answer.
    """
    if batch.stored:
        first = batch.stored[0]
        key = (first.originator_id, first.originator_version, first.state)
        return Statement("find_event", key)
    for answer in rows.answers(batch)[:1]:
        kept = (answer.caller, answer.scope, answer.key, answer.answer)
        return Statement("find_answer", kept)
    return None


def snapshot(wanted: Wanted, epoch: int) -> list[Statement]:
    """Return a transaction that only loads, and then a look at whose rows those were.

    In the snapshot itself the epoch may be the former one where the rows are not:
    names of tables are not part of it.
    """
    return [
        Statement("begin_snapshot"),
        *load(wanted),
        Statement("commit"),
        Statement("check_epoch", (epoch,)),
    ]


def load(wanted: Wanted) -> list[Statement]:
    bookings = Bigints(wanted.bookings)
    plan = [
        Statement("load_bookings", (bookings,)),
        Statement("load_workshops", (Bigints(wanted.workshops), bookings)),
        Statement("load_owner_keys", (Texts(wanted.owners), bookings)),
        _over(
            "load_answers",
            [(k.caller, k.scope, k.key) for k in wanted.keys],
            (Texts, Texts, Texts),
        ),
        _over(
            "load_twins",
            [(t.booking_id, t.author, t.client_message_id) for t in wanted.twins],
            (Bigints, Texts, Uuids),
        ),
        _over(
            "load_holds",
            [(s.start, s.at, s.booking_id, s.org_nr) for s in wanted.slots],
            (Times, Times, Bigints, Bigints),
        ),
        _over("load_pending", wanted.owners_open, (Texts, Bigints)),
        _over("load_groups", wanted.groups, (Texts, Bigints, Uuids)),
        *_each(("load_requests",), Uuids(wanted.requests)),
        *_each(("load_uploads", "load_upload_messages"), Uuids(wanted.uploads)),
        *_each(("load_owned", "load_owned_workshops"), Texts(wanted.owned)),
    ]
    return [statement for statement in plan if statement is not None]


def _forget(owners: Sequence[str]) -> list[Statement]:
    """Return what goes of `owners`; what else belongs to them is in the events."""
    names = (
        "forget_owner_keys",
        "forget_callers_answers",
        "forget_bookings_answers",
        "doom_owners_uploads",
    )
    return _each(names, Texts(owners))


_Columns = tuple[type[Array], ...]
_ANSWER: _Columns = (Texts, Texts, Texts, Blobs, Blobs, Times, Bigints, Bigints)
_SLOT: _Columns = (Bigints, Texts, Bigints, Bigints, Times, Times, Times)
_BOOKING: _Columns = (
    *(Bigints, Bigints, Texts, Uuids, Texts, Times, Times),
    *(Bigints, Bigints, Blobs, Times, Blobs, Bigints),
)
_WORKSHOP: _Columns = (Bigints, Bigints, Blobs, Times, Bigints, Blobs, Bigints)
_REQUEST: _Columns = (
    *(Uuids, Bigints, Texts, Bigints, Texts, Times, Times),
    *(Bigints, Blobs, Bigints),
)
_UPLOAD: _Columns = (
    *(Uuids, Bigints, Texts, Texts, Bigints, Blobs, Texts),
    *(Blobs, Texts, Uuids, Times),
)
_CHANGED_UPLOAD: _Columns = (Uuids, Texts, Blobs, Texts, Uuids)
_MESSAGE: _Columns = (Uuids, Bigints, Bigints, Texts, Uuids, Blobs, Bigints)


def _events(batch: Append) -> list[tuple[Any, ...]]:
    return [
        (e.originator_id, e.originator_version, e.topic, e.state) for e in batch.stored
    ]


def _each(names: Sequence[str], wanted: Array) -> list[Statement]:
    """Return the statements about one array, or none when nothing is wanted."""
    return [Statement(name, (wanted,)) for name in names] if wanted else []


def _over(
    name: str,
    table: Sequence[Sequence[Any]],
    columns: _Columns,
    more: tuple[Any, ...] = (),
) -> Statement | None:
    """Return a statement with one array for each column, or None without rows."""
    if not table:
        return None
    arrays = (
        column(values)
        for column, values in zip(columns, zip(*table, strict=True), strict=True)
    )
    return Statement(name, (*arrays, *more))
