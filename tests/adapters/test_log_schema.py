"""The log's table is the one that the eventsourcing library would make itself."""

import re
import sqlite3
from contextlib import closing

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from tests import stores

POSTGRES_CATALOGUE = {
    "columns": """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attribute a
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        WHERE a.attrelid = '{0}.stored_events'::regclass AND a.attnum > 0
        ORDER BY a.attnum""",
    "indexes": """
        SELECT indexdef FROM pg_indexes
        WHERE schemaname = '{0}' AND tablename = 'stored_events' ORDER BY indexname""",
    "constraints": """
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = '{0}.stored_events'::regclass ORDER BY conname""",
    "storage": """
        SELECT reloptions, relpersistence FROM pg_class
        WHERE oid = '{0}.stored_events'::regclass""",
    "type": """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.reltype = '{0}.stored_event_text'::regtype ORDER BY a.attnum""",
}


def postgres_schema(connection: psycopg.Connection, schema: str) -> dict[str, str]:
    """Return what the catalogue says of the log in `schema`, without its name."""
    found = {
        name: str(connection.execute(query.format(schema).encode()).fetchall())
        for name, query in POSTGRES_CATALOGUE.items()
    }
    return {name: text.replace(f"{schema}.", "") for name, text in found.items()}


def test_on_postgresql(postgres_url):
    stores.migrate(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA library")
        info = connection.info
        datastore = PostgresDatastore(
            dbname=info.dbname,
            host=info.host,
            port=info.port,
            user=info.user,
            password=info.password,
            schema="library",
            originator_id_type="text",
        )
        with datastore:
            PostgresApplicationRecorder(datastore).create_table()

        ours = postgres_schema(connection, "public")

        assert ours == postgres_schema(connection, "library")
        assert "notification_id" in ours["indexes"]
        assert "autovacuum" in ours["storage"]
        assert "originator_version" in ours["type"]


def sqlite_schema(path) -> list[str]:
    query = (
        "SELECT sql FROM sqlite_schema WHERE tbl_name = 'stored_events' AND sql > ''"
    )
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(query).fetchall()
    return [re.sub(r"\s+|\n", "", sql).lower() for (sql,) in found]


def test_on_sqlite(sqlite_url, tmp_path):
    stores.migrate(sqlite_url)
    datastore = SQLiteDatastore(f"{tmp_path}/library.db", originator_id_type="text")
    SQLiteApplicationRecorder(datastore).create_table()
    datastore.close()

    ours = sqlite_schema(stores.sqlite_path(sqlite_url))

    assert ours == sqlite_schema(tmp_path / "library.db")
    assert len(ours) == 1
