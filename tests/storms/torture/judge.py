"""What became of it all: the log as it is now, held against what everybody was told.

Its one law: nothing is believed of the log but what one snapshot of it shows.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
import psycopg

from tests.storms.torture.telling import Answered, Seen, Wrote, line

_LOG = b"""
SELECT notification_id, originator_id, originator_version,
    CASE WHEN topic <> 'storm' THEN state END
FROM stored_events ORDER BY notification_id
"""


class _Envelope(msgspec.Struct):
    command_id: str


_envelopes = msgspec.json.Decoder(_Envelope)


class Log(msgspec.Struct, kw_only=True):
    """The whole log: places by position, commands by theirs."""

    places: dict[int, tuple[str, int]] = {}
    commands: dict[int, str] = {}
    digest: str = ""
    disordered: int = 0

    @property
    def last(self) -> int:
        return max(self.places, default=0)


class Verdict(msgspec.Struct, kw_only=True):
    """How much was wrong, of each kind; all of it must be 0."""

    missed: int = 0
    doubled: int = 0
    out_of_order: int = 0
    holes: int = 0
    deadlocks: int = 0
    lost: int = 0
    differing: int = 0

    def wrong(self) -> int:
        return sum(getattr(self, name) for name in self.__struct_fields__)


def read(url: str) -> Log:
    log, digest = Log(), hashlib.sha256()
    versions: dict[str, int] = {}
    with psycopg.connect(url) as conn, conn.cursor("log") as cursor:
        cursor.itersize = 10_000
        for position, stream, version, state in cursor.execute(_LOG):
            log.places[position] = (stream, version)
            log.disordered += version != versions.get(stream, 0) + 1
            versions[stream] = version
            digest.update(line(position, stream, version))
            if state is not None:
                log.commands[position] = _envelopes.decode(state).command_id
    log.digest = digest.hexdigest()
    return log


def judged(
    log: Log,
    seen: Sequence[Seen],
    told: Iterable[Wrote | Answered],
    deadlocks: int,
) -> Verdict:
    verdict = Verdict(
        holes=log.last - len(log.places),
        out_of_order=log.disordered,
        deadlocks=deadlocks,
    )
    for reader in seen:
        verdict.missed += sum(position in log.places for position in reader.skipped)
        verdict.missed += max(0, log.last - reader.last)
        verdict.doubled += reader.doubled
        verdict.out_of_order += reader.disordered
        verdict.differing += reader.digest != log.digest
    places = set[int]()
    for one in told:
        lost, mine = _lost(log, one)
        verdict.lost += lost
        # Two were told of one place: one of them is not there any more.
        verdict.doubled += len(places & mine)
        places |= mine
    return verdict


def _lost(log: Log, one: Wrote | Answered) -> tuple[int, set[int]]:
    """Return how much of what was acknowledged is not where it was said to be."""
    if isinstance(one, Answered):
        is_there = log.commands.get(one.position) == one.command_id
        return int(not is_there), {one.position}
    mine = range(one.position, one.position + one.count)
    lost = sum(
        log.places.get(position) != (one.stream, version)
        for version, position in enumerate(mine, start=one.version)
    )
    return lost, set(mine)
