"""A PostgreSQL that archives its log, and what comes back of it, as the page says.

Its one law: settings and commands are those of `docs/howto/backup.md`. Only `/backup`
is another folder here.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

import psycopg

from tests.storms.torture.server import Server, started

PAGE = (Path(__file__).parents[2] / "docs/howto/backup.md").read_text()
BLOCKS: list[str] = re.findall(r"^```\w*\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ARCHIVED = b"""
SELECT last_archived_wal >= pg_walfile_name(%s) AS reached, failed_count
FROM pg_stat_archiver
"""


def block(word: str) -> str:
    """Return the one block of the page that has `word`."""
    (found,) = [one for one in BLOCKS if word in one]
    return found


ARCHIVING, BACKING_UP = block("archive_command"), block("pg_basebackup")
RESTORING, STOPPING = block("restore_command"), block("recovery_target_time")


def archiving(folder: Path) -> str:
    """Return the page's command to the shell."""
    command = ARCHIVING.split("archive_command = '")[1].split("'\n")[0]
    return command.replace("/backup", str(folder))


class Archived:
    """A server that archives, with its base backup and the archive in one folder."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._folder = server.beside("backup")
        server.beside("backup/wal")
        server.set(self._here(ARCHIVING))
        server.stop("fast")
        server.start()

    @property
    def archive(self) -> list[str]:
        return sorted(path.name for path in (self._folder / "wal").iterdir())

    def back_up(self) -> None:
        for line in self._here(BACKING_UP).splitlines():
            program, *words = line.split()
            is_local = program == "pg_verifybackup"
            where = () if is_local else ("--dbname", self._server.url)
            self._server.run(program, *words, *where)

    def name_point(self, name: str) -> datetime:
        """Name a point of the log; return when that was."""
        with self._connected() as conn:
            conn.execute(b"SELECT pg_create_restore_point(%s)", [name])
            found = conn.execute(b"SELECT clock_timestamp()").fetchone()
        assert found is not None
        return cast("datetime", found[0])

    def archive_all(self) -> None:
        """Return when all that was committed before is in the archive."""
        with self._connected() as conn:
            found = conn.execute(b"SELECT pg_switch_wal()").fetchone()
            while (seen := conn.execute(ARCHIVED, found).fetchone()) != (True, 0):
                assert seen in {(None, 0), (False, 0)}, seen

    @contextmanager
    def restored(self, name: str, *more: str) -> Iterator[Server]:
        """Yield a new server with what was backed up, once it takes changes."""
        folder = self._server.beside(name)
        subprocess.run(["cp", "-aT", self._folder / "base", folder], check=True)
        (folder / "recovery.signal").touch()
        with (folder / "postgresql.conf").open("a") as file:
            file.writelines(map(self._here, (RESTORING, *more)))
        server = started(folder)
        try:
            _wait_until_it_takes_changes(server)
            yield server
        finally:
            server.kill()

    def _here(self, text: str) -> str:
        return text.replace("/backup", str(self._folder))

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._server.url, autocommit=True)


def _wait_until_it_takes_changes(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as conn:
        while conn.execute(b"SELECT pg_is_in_recovery()").fetchone() != (False,):
            pass
