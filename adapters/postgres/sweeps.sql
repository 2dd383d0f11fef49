-- What the worker and an operator ask and change. Whatever writes takes the head row
-- first, and changes as much as it is told at most.

-- name: earlier_moment
SELECT least($1::timestamptz, now());

-- name: find_due
SELECT id FROM booking
WHERE due_at <= $1::timestamptz AND id <> ALL ($3::bigint [])
ORDER BY due_at, id LIMIT $2::bigint;

-- name: find_doomed
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE status = 'DOOMED' ORDER BY id LIMIT $1::bigint;

-- name: find_owners_bookings
SELECT id FROM booking WHERE owner = $1::text ORDER BY id;

-- name: doom_unused
WITH doomed AS (
    UPDATE upload SET status = 'DOOMED', name = NULL
    WHERE id IN (
        SELECT id FROM upload
        WHERE message_id IS NULL AND status <> 'DOOMED' AND created_at < $1::timestamptz
        ORDER BY created_at, id LIMIT $2::bigint
    )
    RETURNING 1
)
SELECT count(*) FROM doomed;

-- name: remove_doomed
WITH removed AS (
    DELETE FROM upload WHERE id = ANY($1::uuid[]) AND status = 'DOOMED' RETURNING 1
)
SELECT count(*) FROM removed;

-- name: forget_answers
WITH forgotten AS (
    DELETE FROM idempotency
    WHERE (caller, scope, key) IN (
        SELECT caller, scope, key FROM idempotency WHERE created_at < $1::timestamptz
        ORDER BY created_at LIMIT $2::bigint
    )
    RETURNING 1
)
SELECT count(*) FROM forgotten;
