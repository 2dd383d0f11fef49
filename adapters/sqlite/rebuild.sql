-- What a rebuild does to SQLite. Names in braces are those of a read model, of its shadow
-- or of one of its indexes.

-- name: drop
DROP TABLE IF EXISTS {name};

-- name: definition
SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?;

-- name: indexes
-- Those that the table's own definition makes go where the table goes.
SELECT name, sql FROM sqlite_schema
WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name;

-- name: newer_epoch
SELECT epoch FROM log_head WHERE id = 1 AND epoch > ?;

-- name: raise_epoch
-- Only a release that makes other read models than those in use has a greater one.
UPDATE log_head SET epoch = :epoch WHERE id = 1 AND epoch < :epoch;

-- name: extent
SELECT count(*), coalesce(max(rowid), 0) FROM stored_events;

-- name: last
SELECT coalesce(max(rowid), 0) FROM stored_events;

-- name: stray
SELECT {owner} FROM {table} AS r
WHERE NOT EXISTS (
    SELECT 1 FROM stored_events AS e
    WHERE e.originator_id = '{kind}-' || r.{owner}
)
ORDER BY {owner} LIMIT 1;

-- name: streams
SELECT originator_id, originator_version, topic, rowid, state
FROM stored_events ORDER BY originator_id, originator_version;

-- name: new_events
SELECT originator_id, originator_version, topic, rowid, state
FROM stored_events WHERE rowid > ? ORDER BY originator_id, originator_version;

-- name: count_changed
SELECT count(DISTINCT originator_id) FROM stored_events WHERE rowid > ?;

-- name: heads
SELECT {owner}, version, chain FROM {table}
WHERE {owner} IN (SELECT value FROM json_each(?));

-- name: known
SELECT {owner}, version, chain, at, position, state FROM {shadow}
WHERE {owner} IN (SELECT value FROM json_each(?));

-- name: forget
DELETE FROM {shadow} WHERE {key} = ?;

-- name: release
-- For all changed streams at once: one's new slot may be another's old one.
DELETE FROM {shadow}
WHERE {owner} IN (
    SELECT CAST(substr(originator_id, 9) AS INTEGER) FROM stored_events
    WHERE rowid > ? AND rowid <= ? AND originator_id LIKE 'booking-%'
);

-- name: insert
INSERT INTO {shadow} ({columns}) VALUES ({places});

-- name: drop_index
DROP INDEX {name};

-- name: rename
ALTER TABLE {name} RENAME TO {to};
