"""Whether a PostgreSQL server keeps what it acknowledges, and what its clock shows.

It is asked as our connections are made: what the address, the role or the database sets
counts too.
"""

from collections.abc import Sequence
from datetime import timedelta

from adapters import findings
from adapters.findings import Finding
from adapters.postgres import connection
from application.ports import Clock

SKEW = timedelta(seconds=2)
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_STANDBYS = "synchronous_standby_names"


def durability(url: str) -> Sequence[Finding]:
    """Return what of a power cut's harm is kept off. Raises `StoreUnreachable`."""
    with connection.reachable(), connection.connect(url) as conn:
        found = conn.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name",
            [[*_DURABLE, _STANDBYS]],
        )
        return [_judged(name, setting) for name, setting in found]


def _judged(name: str, setting: str) -> Finding:
    if name == _STANDBYS:
        # Safe either way: what a lost disk may cost is for its operator to say.
        told = setting or "none: what is acknowledged is on one server's disk"
        return findings.judged(name, told, is_safe=True)
    return findings.judged(name, setting, is_safe=setting != "off")


def skew(url: str, now: Clock) -> Sequence[Finding]:
    """Return how far this clock is from the server's. Raises `StoreUnreachable`."""
    with connection.reachable(), connection.connect(url) as conn:
        before = now()
        ((theirs,),) = conn.execute("SELECT clock_timestamp()", binary=True)
        after = now()
    # What the answer may have been under way for is not held against anybody.
    apart = max(before - theirs, theirs - after, timedelta())
    told = f"{apart.total_seconds():.3f} s from the database's"
    return [findings.judged("clock", told, is_safe=apart <= SKEW)]
