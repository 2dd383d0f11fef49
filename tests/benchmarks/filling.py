"""A log that is long at once: rows like real ones, made by the database itself."""

import psycopg

# Far from the bookings that are made for real.
FIRST = 10**15
EACH = 10  # events of a booking
_EVENTS = """
INSERT INTO stored_events
    (originator_id, originator_version, topic, state, notification_id)
SELECT
    'booking-' || (%(first)s + (n - 1) / %(each)s), (n - 1) %% %(each)s + 1,
    one.topic, one.state, one.notification_id + n
FROM generate_series(1, %(count)s::bigint) AS n, (
    SELECT topic, state, notification_id FROM stored_events
    ORDER BY notification_id DESC LIMIT 1
) AS one
"""
_BOOKINGS = """
INSERT INTO booking (
    id, org_nr, owner, group_id, status, starts_at, version, revision, chain, at,
    position, state
)
SELECT
    %(first)s + n, org_nr, 'filled-' || n / 4, gen_random_uuid(), status, starts_at,
    version, revision, chain, at, position, state
FROM generate_series(0, (%(count)s::bigint - 1) / %(each)s) AS n, (
    SELECT org_nr, status, starts_at, version, revision, chain, at, position, state
    FROM booking ORDER BY id LIMIT 1
) AS one
"""


def fill(url: str, events: int) -> None:
    """Let a store that has a booking with events have `events` more, and their rows."""
    values = {"first": FIRST, "each": EACH, "count": events}
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_EVENTS, values)
        conn.execute(_BOOKINGS, values)
        conn.execute("VACUUM (ANALYZE) stored_events, booking")
        # What was just written would be written out while something is measured.
        conn.execute("CHECKPOINT")
