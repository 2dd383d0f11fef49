-- Names are found by the search path: a schema is a cell. Every writer takes the head
-- row first; positions are counted from the log's own maximum, under that lock.

-- name: configure
-- Statements prepared on empty tables keep sequential scans for good. Nobody waits for
-- a lock or for an answer for ever, and a process that stopped while it held a lock
-- loses it.
SELECT
    set_config('enable_seqscan', 'off', false),
    set_config('jit', 'off', false),
    set_config('lock_timeout', $1::text, false),
    set_config('statement_timeout', '10s', false),
    set_config('idle_in_transaction_session_timeout', '10s', false);

-- name: begin
BEGIN;

-- name: begin_snapshot
-- One snapshot for all that follows: what is loaded fits together.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: commit
COMMIT;

-- name: lock_head
SELECT FROM log_head WHERE id = 1 FOR UPDATE;

-- name: check_epoch
-- Divides by zero when the epoch is another one: after what was read, which may have
-- waited for a swap, and in a snapshot of its own.
SELECT 1 / count(*) FROM log_head WHERE id = 1 AND epoch = $1::bigint;

-- name: check_head
-- Divides by zero when the epoch is another one, or when there was no row to lock.
-- It sees what the last holder of the lock committed: its snapshot is younger.
SELECT 1 / count(*), (SELECT coalesce(max(notification_id), 0) FROM stored_events)
FROM log_head WHERE id = 1 AND epoch = $1::bigint;

-- name: find_event
-- The very bytes: they are of this call, and of this attempt.
SELECT notification_id FROM stored_events
WHERE originator_id = $1::text AND originator_version = $2::bigint AND state = $3::bytea;

-- name: find_answer
SELECT 1 FROM idempotency
WHERE caller = $1::text AND scope = $2::text AND key = $3::text AND answer = $4::bytea;

-- name: insert_events
INSERT INTO stored_events
    (originator_id, originator_version, topic, state, notification_id)
SELECT
    e.originator_id, e.originator_version, e.topic, e.state,
    (SELECT coalesce(max(notification_id), 0) FROM stored_events) + e.ordinal
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[])
    WITH ORDINALITY AS e (originator_id, originator_version, topic, state, ordinal);

-- name: insert_answers
-- Before the events, so that a twin's key is met before anything else of it is. It is
-- kept from now on by the server's clock, too: that of a process may be behind.
INSERT INTO idempotency
    (caller, scope, key, fingerprint, answer, created_at, position)
SELECT
    a.caller, a.scope, a.key, a.fingerprint, a.answer,
    greatest(a.created_at, now()),
    coalesce(
        a.position,
        (SELECT coalesce(max(notification_id), 0) FROM stored_events) + a.ordinal
    )
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::timestamptz[],
    $7::bigint[], $8::bigint[]
) AS a (caller, scope, key, fingerprint, answer, created_at, position, ordinal);

-- name: insert_owner_keys
-- What wraps the canary wraps all that is new.
INSERT INTO owner_key (owner, wrapped, created_at, wrapped_by)
SELECT
    k.owner, k.wrapped, k.created_at, (SELECT wrapped_by FROM owner_key WHERE owner = '')
FROM unnest($1::text[], $2::bytea[], $3::timestamptz[]) AS k (owner, wrapped, created_at);

-- name: forget_owner_keys
DELETE FROM owner_key WHERE owner = ANY($1::text[]);

-- name: forget_callers_answers
-- What an owner makes is at a workshop; all else of theirs is about their bookings.
DELETE FROM idempotency
WHERE caller = ANY($1::text[]) AND scope LIKE 'workshop-%';

-- name: forget_bookings_answers
DELETE FROM idempotency AS a
USING (SELECT 'booking-' || id AS stream FROM booking WHERE owner = ANY($1::text[])) AS b
WHERE a.scope = b.stream;

-- name: doom_owners_uploads
UPDATE upload SET status = 'DOOMED', name = NULL WHERE owner = ANY($1::text[]);

-- name: insert_uploads
INSERT INTO upload
    (id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
     message_id, created_at)
SELECT
    u.id, u.booking_id, u.owner, u.name, u.size, u.sha256, u.content_type,
    u.stored_sha256, u.status, u.message_id, u.created_at
FROM unnest(
    $1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bytea[],
    $7::text[], $8::bytea[], $9::text[], $10::uuid[], $11::timestamptz[]
) AS u (id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
        message_id, created_at);

-- name: update_uploads
UPDATE upload AS u SET
    content_type = c.content_type, stored_sha256 = c.stored_sha256, status = c.status,
    message_id = c.message_id
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::uuid[])
    AS c (id, content_type, stored_sha256, status, message_id)
WHERE u.id = c.id;

-- name: delete_slots
DELETE FROM slot AS s
USING unnest($1::bigint[], $2::text[]) AS released (booking_id, kind)
WHERE s.booking_id = released.booking_id AND s.kind = released.kind;

-- name: insert_slots
INSERT INTO slot (booking_id, kind, org_nr, bay, starts_at, free_at, expires_at)
SELECT c.booking_id, c.kind, c.org_nr, c.bay, c.starts_at, c.free_at, c.expires_at
FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::bigint[],
    $5::timestamptz[], $6::timestamptz[], $7::timestamptz[]
) AS c (booking_id, kind, org_nr, bay, starts_at, free_at, expires_at);

-- name: upsert_bookings
-- After the events: $14 of them were the batch's, so position is counted back.
INSERT INTO booking AS b
    (id, org_nr, owner, group_id, status, starts_at, due_at, version, revision, chain,
     at, state, position)
SELECT
    r.id, r.org_nr, r.owner, r.group_id, r.status, r.starts_at, r.due_at, r.version,
    r.revision, r.chain, r.at, r.state,
    (SELECT max(notification_id) FROM stored_events) - $14::bigint + r.ordinal
FROM unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[],
    $7::timestamptz[], $8::bigint[], $9::bigint[], $10::bytea[], $11::timestamptz[],
    $12::bytea[], $13::bigint[]
) AS r (id, org_nr, owner, group_id, status, starts_at, due_at, version, revision, chain,
        at, state, ordinal)
ON CONFLICT (id) DO UPDATE SET
    org_nr = excluded.org_nr, owner = excluded.owner, group_id = excluded.group_id,
    status = excluded.status, starts_at = excluded.starts_at,
    due_at = excluded.due_at,
    version = excluded.version, revision = excluded.revision, chain = excluded.chain,
    at = excluded.at, state = excluded.state, position = excluded.position
WHERE b.version < excluded.version;

-- name: upsert_workshops
INSERT INTO workshop AS w (org_nr, version, chain, at, longest_hold, state, position)
SELECT
    r.org_nr, r.version, r.chain, r.at, r.longest_hold, r.state,
    (SELECT max(notification_id) FROM stored_events) - $8::bigint + r.ordinal
FROM unnest(
    $1::bigint[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::bigint[],
    $6::bytea[], $7::bigint[]
) AS r (org_nr, version, chain, at, longest_hold, state, ordinal)
ON CONFLICT (org_nr) DO UPDATE SET
    version = excluded.version, chain = excluded.chain, at = excluded.at,
    longest_hold = excluded.longest_hold, state = excluded.state,
    position = excluded.position
WHERE w.version < excluded.version;

-- name: upsert_change_requests
INSERT INTO change_request AS c
    (id, booking_id, owner, org_nr, status, requested_at, expires_at, version, state,
     position)
SELECT
    r.id, r.booking_id, r.owner, r.org_nr, r.status, r.requested_at, r.expires_at,
    r.version, r.state,
    (SELECT max(notification_id) FROM stored_events) - $11::bigint + r.ordinal
FROM unnest(
    $1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[],
    $7::timestamptz[], $8::bigint[], $9::bytea[], $10::bigint[]
) AS r (id, booking_id, owner, org_nr, status, requested_at, expires_at, version, state,
        ordinal)
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, expires_at = excluded.expires_at,
    version = excluded.version, state = excluded.state,
    position = excluded.position
WHERE c.version < excluded.version;

-- name: insert_messages
INSERT INTO message
    (id, booking_id, version, author, client_message_id, state, position)
SELECT
    r.id, r.booking_id, r.version, r.author, r.client_message_id, r.state,
    (SELECT max(notification_id) FROM stored_events) - $8::bigint + r.ordinal
FROM unnest(
    $1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::bytea[],
    $7::bigint[]
) AS r (id, booking_id, version, author, client_message_id, state, ordinal);

-- name: load_bookings
SELECT id, version, chain, at, position, state FROM booking WHERE id = ANY($1::bigint[]);

-- name: load_workshops
-- OFFSET 0 keeps it a look into the index for each that is wanted, here and below, also
-- while nobody has counted the rows yet.
SELECT w.org_nr, w.version, w.chain, w.at, w.position, w.state
FROM (
    SELECT one.org_nr FROM unnest($1::bigint[]) AS one (org_nr)
    UNION SELECT org_nr FROM booking WHERE id = ANY($2::bigint[])
) AS wanted
CROSS JOIN LATERAL (
    SELECT org_nr, version, chain, at, position, state FROM workshop
    WHERE org_nr = wanted.org_nr OFFSET 0
) AS w;

-- name: load_owner_keys
SELECT k.owner, k.wrapped, k.sealed_by
FROM (
    SELECT one.owner FROM unnest($1::text[]) AS one (owner)
    UNION SELECT owner FROM booking WHERE id = ANY($2::bigint[])
) AS wanted
CROSS JOIN LATERAL (
    SELECT owner, wrapped, sealed_by FROM owner_key
    WHERE owner = wanted.owner OFFSET 0
) AS k;

-- name: load_answers
SELECT a.caller, a.scope, a.key, a.fingerprint, a.answer, a.position
FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (caller, scope, key)
JOIN idempotency AS a
    ON a.caller = wanted.caller AND a.scope = wanted.scope AND a.key = wanted.key;

-- name: load_twins
SELECT m.booking_id, m.author, m.client_message_id, m.state
FROM unnest($1::bigint[], $2::text[], $3::uuid[])
    AS wanted (booking_id, author, client_message_id)
JOIN message AS m
    ON m.booking_id = wanted.booking_id AND m.author = wanted.author
    AND m.client_message_id = wanted.client_message_id;

-- name: load_holds
-- Every hold that a service beginning at a wanted start could meet, and the booking of
-- each that the clock has freed.
SELECT
    s.booking_id, s.kind, s.org_nr, s.bay, s.starts_at, s.free_at, s.expires_at,
    freed.version, freed.chain, freed.at, freed.position, freed.state
FROM unnest($1::timestamptz[], $2::timestamptz[], $3::bigint[], $4::bigint[])
    AS wanted (starts_at, at, booking_id, org_nr)
CROSS JOIN LATERAL (
    SELECT org_nr, longest_hold FROM workshop
    WHERE org_nr = coalesce(
        wanted.org_nr, (SELECT org_nr FROM booking WHERE id = wanted.booking_id)
    )
    OFFSET 0
) AS w
CROSS JOIN LATERAL (
    SELECT booking_id, kind, org_nr, bay, starts_at, free_at, expires_at
    FROM slot
    WHERE org_nr = w.org_nr
        AND tstzrange(starts_at, free_at) && tstzrange(
            wanted.starts_at, wanted.starts_at + make_interval(mins => w.longest_hold)
        )
    OFFSET 0
) AS s
LEFT JOIN LATERAL (
    SELECT version, chain, at, position, state FROM booking
    WHERE id = s.booking_id AND s.expires_at <= wanted.at OFFSET 0
) AS freed ON true;

-- name: load_requests
SELECT id, booking_id, state FROM change_request WHERE id = ANY($1::uuid[]);

-- name: load_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE id = ANY($1::uuid[]);

-- name: load_upload_messages
SELECT id, author, state FROM message
WHERE id IN (SELECT message_id FROM upload WHERE id = ANY($1::uuid[]));

-- name: load_pending
SELECT b.owner, b.org_nr, b.id, b.starts_at
FROM unnest($1::text[], $2::bigint[]) AS wanted (owner, org_nr)
JOIN booking AS b
    ON b.owner = wanted.owner AND b.org_nr = wanted.org_nr AND b.status = 'PENDING';

-- name: load_groups
SELECT wanted.owner, wanted.org_nr, wanted.group_id
FROM unnest($1::text[], $2::bigint[], $3::uuid[]) AS wanted (owner, org_nr, group_id)
CROSS JOIN LATERAL (
    SELECT FROM booking AS b
    WHERE b.group_id = wanted.group_id
        AND b.owner = wanted.owner AND b.org_nr = wanted.org_nr
    LIMIT 1
) AS one;

-- name: load_owned
SELECT id, version, chain, at, position, state FROM booking WHERE owner = ANY($1::text[]);

-- name: load_owned_workshops
SELECT w.org_nr, w.version, w.chain, w.at, w.position, w.state
FROM (SELECT DISTINCT org_nr FROM booking WHERE owner = ANY($1::text[])) AS wanted
CROSS JOIN LATERAL (
    SELECT org_nr, version, chain, at, position, state FROM workshop
    WHERE org_nr = wanted.org_nr OFFSET 0
) AS w;

-- name: draw_ids
INSERT INTO slice_counter AS c (slice, next) VALUES ($1::bigint, $2::bigint + $3::bigint)
ON CONFLICT (slice) DO UPDATE SET next = c.next + $3::bigint
RETURNING next - $3::bigint;

-- name: select_stream
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = $1::text
    AND originator_version > $2::bigint AND originator_version <= $3::bigint
ORDER BY originator_version LIMIT $4::bigint;

-- name: select_stream_backwards
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = $1::text
    AND originator_version > $2::bigint AND originator_version <= $3::bigint
ORDER BY originator_version DESC LIMIT $4::bigint;

-- name: select_streams
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id = ANY($1::text[])
ORDER BY originator_id, originator_version;

-- name: select_log
SELECT notification_id, originator_id, originator_version, topic, state
FROM stored_events
WHERE notification_id >= $1::bigint AND notification_id <= $2::bigint
ORDER BY notification_id LIMIT $3::bigint;

-- name: select_log_of_topics
SELECT notification_id, originator_id, originator_version, topic, state
FROM stored_events
WHERE notification_id >= $1::bigint AND notification_id <= $2::bigint
    AND topic = ANY($4::text[])
ORDER BY notification_id LIMIT $3::bigint;

-- name: select_last_position
SELECT max(notification_id) FROM stored_events;
