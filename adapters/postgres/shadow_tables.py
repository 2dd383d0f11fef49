"""The tables of a shadow: made like the live ones, and renamed to them in the swap."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from adapters import read_models
from adapters.postgres import audit
from adapters.postgres.audit import Connection
from adapters.read_models import TABLES, Table
from adapters.sql import load
from projections.epoch import EPOCH

TEMPLATES = load("adapters.postgres", "rebuild.sql")


class _Index(NamedTuple):
    """`definition` follows ADD CONSTRAINT, or the USING of CREATE INDEX."""

    name: str
    statement: str
    definition: str


class ShadowTables:
    """Made and filled on one connection, renamed on the one that holds the head row.

    `types` are those of each table's columns, in their order.
    """

    def __init__(self, writer: Connection) -> None:
        self._writer = writer
        self.types: dict[str, list[str]] = {}
        self._indexes: dict[str, list[_Index]] = {}

    def make(self) -> None:
        """Make empty tables, and drop what earlier rebuilds left."""
        for table in TABLES:
            for name in (read_models.shadow(table.name), read_models.old(table.name)):
                self._write("drop", table, table=sql.Identifier(name))
            self._write("create", table)
            for (grant,) in self._write("grants", table).fetchall():
                self._writer.execute(audit.formatted(grant))
            types = dict(self._write("types", table).fetchall())
            self.types[table.name] = [types[name] for name in table.columns]
            self._indexes[table.name] = list(self._indexes_of(table))

    def finish(self) -> None:
        """Give the tables what the live ones have, when they are filled."""
        for table in TABLES:
            for index in self._indexes[table.name]:
                self._write(
                    index.statement,
                    table,
                    index=sql.Identifier(read_models.shadow(index.name)),
                    definition=audit.formatted(index.definition),
                )
            self._write("analyze", table)

    def rename(self, holder: Connection) -> None:
        """Put them in the place of the live ones; the caller commits.

        Raises psycopg's `QueryCanceled` when somebody keeps one of those in use.
        """
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in TABLES)
        holder.execute(statement("soon"))
        holder.execute(statement("lock_tables", tables=names))
        holder.execute(statement("surely"))
        # One round trip for all that nobody may see half of.
        with holder.pipeline():
            holder.execute(statement("raise_epoch", epoch=sql.Literal(EPOCH)))
            for renaming in self._renamings():
                holder.execute(renaming)

    def _renamings(self) -> Iterator[sql.Composed]:
        for table in TABLES:
            yield statement("mind_itself", table)
            for index in self._indexes[table.name]:
                yield from _swapped("rename_index", index.name)
            yield from _swapped("rename", table.name)

    def _indexes_of(self, table: Table) -> Iterator[_Index]:
        for name, constraint, made_by, is_unique in self._write("indexes", table):
            if constraint is not None:
                yield _Index(name, "add_constraint", constraint)
            else:
                _create, _using, definition = made_by.partition(" USING ")
                kind = "add_unique_index" if is_unique else "add_index"
                yield _Index(name, kind, definition)

    def _write(
        self, name: str, about: Table, /, **names: sql.Composable
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._writer.execute(statement(name, about, **names))


def _swapped(renames: str, name: str) -> Iterator[sql.Composed]:
    new, old = read_models.shadow(name), read_models.old(name)
    for before, after in ((name, old), (new, name)):
        yield statement(
            renames, table=sql.Identifier(before), name=sql.Identifier(after)
        )


def statement(
    name: str, about: Table | None = None, /, **names: sql.Composable
) -> sql.Composed:
    """Return a statement of `rebuild.sql` with its names."""
    if about is None:
        return audit.formatted(TEMPLATES[name], **names)
    return audit.about(TEMPLATES[name], about, **names)
