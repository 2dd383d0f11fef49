-- What the worker and an operator ask and change. Whatever writes takes the writer's turn,
-- and changes as much as it is told at most.

-- name: find_due
SELECT id FROM booking
WHERE due_at <= ?1 AND id NOT IN (SELECT value FROM json_each(?3))
ORDER BY due_at, id LIMIT ?2;

-- name: find_doomed
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE status = 'DOOMED' ORDER BY id LIMIT ?;

-- name: find_owners_bookings
SELECT id FROM booking WHERE owner = ? ORDER BY id;

-- name: doom_unused
UPDATE upload SET status = 'DOOMED', name = NULL
WHERE id IN (
    SELECT id FROM upload
    WHERE message_id IS NULL AND status <> 'DOOMED' AND created_at < ?
    ORDER BY created_at, id LIMIT ?
);

-- name: remove_doomed
DELETE FROM upload
WHERE id IN (SELECT value FROM json_each(?)) AND status = 'DOOMED';

-- name: forget_answers
DELETE FROM idempotency
WHERE (caller, scope, key) IN (
    SELECT caller, scope, key FROM idempotency WHERE created_at < ?
    ORDER BY created_at LIMIT ?
);
