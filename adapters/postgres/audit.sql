-- What verify reads, all in one snapshot. Names in braces are those of a read model.

-- name: only_read
SET default_transaction_read_only = on;

-- name: snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: wait
-- Rebuilds and migrations change what tables there are: they wait for us, and we for
-- them.
SET lock_timeout = '60s';

-- name: share
SELECT pg_advisory_lock_shared(%s);

-- name: extent
SELECT count(*), coalesce(max(notification_id), 0) FROM stored_events;

-- name: misplaced
SELECT place FROM (
    SELECT notification_id, row_number() OVER (ORDER BY notification_id) AS place
    FROM stored_events
) AS numbered
WHERE notification_id <> place ORDER BY place LIMIT 1;

-- name: events
SELECT originator_id, originator_version, topic, notification_id, state
FROM stored_events ORDER BY originator_id, originator_version;

-- name: history
SELECT originator_id, originator_version, topic, notification_id, state
FROM stored_events WHERE originator_id = %s ORDER BY originator_version;

-- name: after
SELECT notification_id, originator_id, originator_version, topic FROM stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s;

-- name: stream_after
SELECT notification_id, originator_id, originator_version, topic FROM stored_events
WHERE originator_id = %s AND notification_id > %s
ORDER BY originator_version LIMIT %s;

-- name: owner_key
SELECT wrapped FROM owner_key WHERE owner = %s;

-- name: rows
SELECT {columns} FROM {table} WHERE {owner} = ANY(%s);

-- name: strays
SELECT {columns} FROM {table} AS r
WHERE NOT EXISTS (
    SELECT FROM stored_events AS e WHERE e.originator_id = {kind} || '-' || r.{owner}
);
