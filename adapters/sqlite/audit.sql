-- What replay and verify read. Names in braces are those of a read model.

-- name: only_read
PRAGMA query_only = ON;

-- name: extent
SELECT count(*), coalesce(max(rowid), 0) FROM stored_events;

-- name: misplaced
SELECT place FROM (
    SELECT rowid AS position, row_number() OVER (ORDER BY rowid) AS place
    FROM stored_events
)
WHERE position <> place ORDER BY place LIMIT 1;

-- name: events
SELECT originator_id, originator_version, topic, rowid, state
FROM stored_events ORDER BY originator_id, originator_version;

-- name: history
SELECT originator_id, originator_version, topic, rowid, state
FROM stored_events WHERE originator_id = ? ORDER BY originator_version;

-- name: after
SELECT rowid, originator_id, originator_version, topic FROM stored_events
WHERE rowid > ? ORDER BY rowid LIMIT ?;

-- name: stream_after
SELECT rowid, originator_id, originator_version, topic FROM stored_events
WHERE originator_id = ? AND rowid > ?
ORDER BY originator_version LIMIT ?;

-- name: owner_key
SELECT wrapped FROM owner_key WHERE owner = ?;

-- name: rows
SELECT {columns} FROM {table} WHERE {owner} IN (SELECT value FROM json_each(?));

-- name: strays
SELECT {columns} FROM {table} AS r
WHERE NOT EXISTS (
    SELECT 1 FROM stored_events AS e
    WHERE e.originator_id = '{kind}-' || r.{owner}
);
