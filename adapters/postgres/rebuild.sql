-- What a rebuild does to PostgreSQL. Names in braces are those of a read model, of its
-- shadow or of one of its indexes.

-- name: wait
-- Another rebuild, verify or migration first ends; then this one has the tables' names.
SET lock_timeout = '60s';

-- name: exclude
SELECT pg_advisory_lock(%s);

-- name: hasten
-- What is written to the shadow is on the disk when the swap is, and useless before.
SET synchronous_commit = off;

-- name: quick
-- A round looks up few streams, whatever the planner believes.
SET enable_seqscan = off;

-- name: drop
DROP TABLE IF EXISTS {table};

-- name: create
-- Autovacuum would hold the shadow when it is to be swapped.
CREATE TABLE {shadow} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)
WITH (autovacuum_enabled = false);

-- name: grants
SELECT format(
    'GRANT %s ON %I TO %s%s', privilege_type, {new},
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
)
FROM pg_class, aclexplode(relacl)
WHERE oid = {live}::regclass AND grantee <> relowner;

-- name: types
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = {live}::regclass AND attnum > 0 AND NOT attisdropped;

-- name: indexes
-- Each index with what made it: a constraint, or its own statement.
SELECT i.relname, pg_get_constraintdef(c.oid), pg_get_indexdef(i.oid), x.indisunique
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint AS c ON c.conindid = i.oid AND c.conrelid = x.indrelid
WHERE x.indrelid = {live}::regclass ORDER BY i.relname;

-- name: add_constraint
ALTER TABLE {shadow} ADD CONSTRAINT {index} {definition};

-- name: add_index
CREATE INDEX {index} ON {shadow} USING {definition};

-- name: add_unique_index
CREATE UNIQUE INDEX {index} ON {shadow} USING {definition};

-- name: analyze
ANALYZE {shadow};

-- name: snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: extent
SELECT count(*), coalesce(max(notification_id), 0) FROM stored_events;

-- name: last
SELECT coalesce(max(notification_id), 0) FROM stored_events;

-- name: stray
SELECT {owner} FROM {table} AS r
WHERE NOT EXISTS (
    SELECT FROM stored_events AS e WHERE e.originator_id = {kind} || '-' || r.{owner}
)
ORDER BY {owner} LIMIT 1;

-- name: streams
-- The server gathers each stream; its row, if there is one, holds the end of its chain.
COPY (
    SELECT
        e.id, e.topics, e.states, e.places,
        coalesce(b.version, w.version), coalesce(b.chain, w.chain)
    FROM (
        SELECT
            originator_id AS id,
            string_agg(coalesce(topic, ''), ' ' ORDER BY originator_version) AS topics,
            string_agg(coalesce(state, ''), '' ORDER BY originator_version) AS states,
            string_agg(
                int8send(notification_id) || int8send(originator_version)
                || int4send(length(coalesce(state, ''))), ''
                ORDER BY originator_version
            ) AS places
        FROM stored_events WHERE {which} GROUP BY originator_id
    ) AS e
    LEFT JOIN booking AS b
        ON b.id = CASE
            WHEN e.id ~ '^booking-[0-9]{{1,18}}$' THEN substr(e.id, 9)::bigint
        END
    LEFT JOIN workshop AS w
        ON w.org_nr = CASE
            WHEN e.id ~ '^workshop-[0-9]{{1,18}}$' THEN substr(e.id, 10)::bigint
        END
) TO STDOUT (FORMAT BINARY);

-- name: all
true;

-- name: new
notification_id > {after};

-- name: copy
COPY {shadow} ({columns}) FROM STDIN (FORMAT BINARY);

-- name: known
SELECT {owner}, version, chain, at, position, state FROM {shadow} WHERE {owner} = ANY(%s);

-- name: forget
DELETE FROM {shadow} WHERE {key} = ANY(%s);

-- name: release
-- For all changed streams at once: one's new slot may be another's old one.
DELETE FROM {shadow} AS r
USING (
    SELECT DISTINCT originator_id AS id FROM stored_events
    WHERE notification_id > {after} AND notification_id <= {last}
) AS e
WHERE r.{owner} = CASE
    WHEN e.id ~ '^booking-[0-9]{{1,18}}$' THEN substr(e.id, 9)::bigint
END;

-- name: begin
BEGIN;

-- name: patience
-- Nobody waits for a head row whose holder has stopped working.
SET LOCAL idle_in_transaction_session_timeout = '5s';

-- name: wait_for_head
SET LOCAL lock_timeout = '2s';

-- name: lock_head
SELECT FROM log_head WHERE id = 1 FOR UPDATE;

-- name: check_head
SELECT
    epoch,
    (SELECT coalesce(max(notification_id), 0) FROM stored_events),
    (SELECT count(DISTINCT originator_id) FROM stored_events
     WHERE notification_id > {after})
FROM log_head WHERE id = 1;

-- name: raise_epoch
-- Only a release that makes other read models than those in use has a greater one.
UPDATE log_head SET epoch = {epoch} WHERE id = 1 AND epoch < {epoch};

-- name: soon
-- Everybody waits while we wait: for all tables together no longer than this.
SET LOCAL statement_timeout = '50ms';

-- name: lock_tables
-- In the order in which loads read: who has begun to load ends, before we have all.
LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;

-- name: surely
SET LOCAL statement_timeout = 0;

-- name: mind_itself
ALTER TABLE {shadow} RESET (autovacuum_enabled);

-- name: rename
ALTER TABLE {table} RENAME TO {name};

-- name: rename_index
ALTER INDEX {table} RENAME TO {name};
