"""Ten mistakes that others made, each as an edit of our own source.

A storm must find each of them, or it proves nothing. Where another safeguard of ours
would catch one, the edit takes that away as well.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class Edit(NamedTuple):
    """In the file `path`, what stands there once, and what is to stand there."""

    path: str
    stands: str
    instead: str


class Defect(NamedTuple):
    """`found_by` are words of a violation that tells of it, any of which will do."""

    name: str
    edits: tuple[Edit, ...]
    found_by: tuple[str, ...]

    def is_told_by(self, violation: str) -> bool:
        return any(words in violation for words in self.found_by)


_STORE = "adapters/postgres/store.py"
_SQL = "adapters/postgres/statements.sql"
_COMMIT = """\
        with unavailable(conn):
            return await pipeline.run_async(conn, statements)
    except _REFUSED as error:"""


def _apart(name: str) -> str:
    """Return a commit after which the statement `name` has one of its own."""
    return f"""\
        with unavailable(conn):
            apart = [one for one in statements if one.name == "{name}"]
            kept = [one for one in statements if one.name != "{name}"]
            results = await pipeline.run_async(conn, kept)
            for one in apart:
                more = [Statement("begin"), one, Statement("commit")]
                await pipeline.run_async(conn, more)
                results.insert(statements.index(one), [])
            return results
    except _REFUSED as error:"""


DEFECTS = (
    Defect(
        "acknowledged before the commit",
        (
            # Once all is written the answer is given, and then the commit is sent.
            Edit(
                _STORE,
                "        append = plan.append(batch, self._epoch)\n",
                "        append = plan.append(batch, self._epoch)\n"
                "        append = append[:-1] if batch.bookings else append\n",
            ),
            Edit(
                _STORE,
                "        return _last(committed)\n",
                '        asyncio.create_task(self._run([Statement("commit")]))\n'
                "        return _last(committed)\n",
            ),
            Edit(
                _STORE,
                "            if locked:\n",
                '            await pipeline.run_async(conn, [Statement("commit")])\n'
                "            if locked:\n",
            ),
            Edit(_STORE, "import psycopg\n", "import asyncio\n\nimport psycopg\n"),
        ),
        ("was told, and then", "was told, and there is []"),
    ),
    Defect(
        "synchronous_commit off, and the database killed",
        (
            Edit(
                _SQL,
                "    set_config('jit', 'off', false),",
                "    set_config('jit', 'off', false),\n"
                "    set_config('synchronous_commit', 'off', false),",
            ),
        ),
        ("was told, and there is []",),
    ),
    Defect(
        "an idempotency record stored after the commit",
        (Edit(_STORE, _COMMIT, _apart("insert_answers")),),
        ("its key made a change again",),
    ),
    Defect(
        "an idempotency claim released on refusal",
        (
            Edit(
                "application/kept.py",
                "    def keep(self, call: AnyCall, pending: Pending) -> None:\n"
                "        if call.key is None:",
                "    def keep(self, call: AnyCall, pending: Pending) -> None:\n"
                "        if call.key is None or pending.answer.refused is not None:",
            ),
        ),
        ("409 is not kept",),
    ),
    Defect(
        "no version check",
        (
            # Whatever was decided on goes behind whatever is there.
            Edit(
                _SQL,
                "    e.originator_id, e.originator_version, e.topic, e.state,\n",
                "    e.originator_id, row_number() OVER (PARTITION BY e.originator_id"
                " ORDER BY e.ordinal) + (SELECT coalesce(max(s.originator_version), 0)"
                " FROM stored_events AS s WHERE s.originator_id = e.originator_id),\n"
                "    e.topic, e.state,\n",
            ),
        ),
        ("does not name what is before it",),
    ),
    Defect(
        "no constraint on slots",
        (
            Edit(
                "adapters/postgres/migrations/0001-spine.sql",
                """\
    PRIMARY KEY (booking_id, kind),
    CONSTRAINT slot_is_free EXCLUDE USING gist (
        org_nr WITH =,
        bay WITH =,
        tstzrange(starts_at, free_at) WITH &&,
        booking_id WITH <>
    )
""",
                "    PRIMARY KEY (booking_id, kind)\n",
            ),
        ),
        ("is held by booking",),
    ),
    Defect(
        "the read model outside the transaction",
        (Edit(_STORE, _COMMIT, _apart("upsert_bookings")),),
        ("its row says",),
    ),
    Defect(
        "the lock taken after the rows",
        (
            Edit(
                "adapters/postgres/plan.py",
                '    return [*lock(epoch), *writes(batch), Statement("commit")]',
                "    first, *locked = lock(epoch)\n"
                '    return [first, *writes(batch), *locked, Statement("commit")]',
            ),
        ),
        ("deadlock",),
    ),
    Defect(
        "a change request decided twice",
        (
            Edit(
                "domain/answering.py",
                "    if not request.is_open:\n",
                "    if False:\n",
            ),
        ),
        ("closed twice",),
    ),
    Defect(
        "a retry around the commit",
        (
            Edit(
                _STORE,
                "except Lost:\n            # Before the commit",
                "except (Lost, OutcomeUnknown):\n            # Before the commit",
            ),
        ),
        ("was told, and there is",),
    ),
)


def plant(root: Path, edits: Iterable[Edit]) -> None:
    """Make the edits under `root`. Raises `ValueError` unless each has its place."""
    for edit in edits:
        file = root / edit.path
        source = file.read_text("utf-8")
        if source.count(edit.stands) != 1:
            raise ValueError(f"{edit.path} does not have once: {edit.stands}")
        file.write_text(source.replace(edit.stands, edit.instead), "utf-8")
