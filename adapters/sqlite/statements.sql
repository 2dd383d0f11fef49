-- Placeholders are SQLite's; times are microseconds, UUIDs text. A position is the rowid.

-- name: select_epoch
SELECT epoch FROM log_head WHERE id = 1;

-- name: select_last_position
SELECT coalesce(max(rowid), 0) FROM stored_events;

-- name: find_event
-- The very bytes: they are of this call, and of this attempt.
SELECT rowid FROM stored_events
WHERE originator_id = ? AND originator_version = ? AND state = ?;

-- name: find_answer
SELECT 1 FROM idempotency WHERE caller = ? AND scope = ? AND key = ? AND answer = ?;

-- name: insert_event
INSERT INTO stored_events (originator_id, originator_version, topic, state, rowid)
VALUES (?, ?, ?, ?, ?);

-- name: insert_answer
INSERT INTO idempotency
    (caller, scope, key, fingerprint, answer, created_at, position)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: insert_owner_key
-- What wraps the canary wraps all that is new.
INSERT INTO owner_key (owner, wrapped, created_at, wrapped_by)
VALUES (?, ?, ?, (SELECT wrapped_by FROM owner_key WHERE owner = ''));

-- name: forget_owner_key
DELETE FROM owner_key WHERE owner = ?;

-- name: forget_callers_answers
-- What an owner makes is at a workshop; all else of theirs is about their bookings.
DELETE FROM idempotency WHERE caller = ? AND scope LIKE 'workshop-%';

-- name: forget_bookings_answers
DELETE FROM idempotency
WHERE scope IN (SELECT 'booking-' || id FROM booking WHERE owner = ?);

-- name: doom_owners_uploads
UPDATE upload SET status = 'DOOMED', name = NULL WHERE owner = ?;

-- name: insert_upload
INSERT INTO upload
    (id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
     message_id, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: update_upload
UPDATE upload SET content_type = ?2, stored_sha256 = ?3, status = ?4, message_id = ?5
WHERE id = ?1;

-- name: delete_slot
DELETE FROM slot WHERE booking_id = ? AND kind = ?;

-- name: select_overlap
-- By another booking: a booking's slot and its own hold never conflict. A service and
-- its buffer take two days at most, so the index need not be read from its beginning.
SELECT 1 FROM slot
WHERE org_nr = :org_nr AND bay = :bay AND booking_id <> :booking_id
    AND starts_at > :starts_at - 172800000000
    AND starts_at < :free_at AND free_at > :starts_at
LIMIT 1;

-- name: insert_slot
INSERT INTO slot (booking_id, kind, org_nr, bay, starts_at, free_at, expires_at)
VALUES (:booking_id, :kind, :org_nr, :bay, :starts_at, :free_at, :expires_at);

-- name: upsert_booking
INSERT INTO booking
    (id, org_nr, owner, group_id, status, starts_at, due_at, version, revision, chain,
     at, state, position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    org_nr = excluded.org_nr, owner = excluded.owner, group_id = excluded.group_id,
    status = excluded.status, starts_at = excluded.starts_at,
    due_at = excluded.due_at,
    version = excluded.version, revision = excluded.revision, chain = excluded.chain,
    at = excluded.at, state = excluded.state, position = excluded.position
WHERE booking.version < excluded.version;

-- name: upsert_workshop
INSERT INTO workshop (org_nr, version, chain, at, longest_hold, state, position)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (org_nr) DO UPDATE SET
    version = excluded.version, chain = excluded.chain, at = excluded.at,
    longest_hold = excluded.longest_hold, state = excluded.state,
    position = excluded.position
WHERE workshop.version < excluded.version;

-- name: upsert_change_request
INSERT INTO change_request
    (id, booking_id, owner, org_nr, status, requested_at, expires_at, version, state,
     position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, expires_at = excluded.expires_at,
    version = excluded.version, state = excluded.state,
    position = excluded.position
WHERE change_request.version < excluded.version;

-- name: insert_message
INSERT INTO message
    (id, booking_id, version, author, client_message_id, state, position)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: load_bookings
SELECT id, version, chain, at, position, state FROM booking
WHERE id IN (SELECT value FROM json_each(?));

-- name: load_workshops
SELECT org_nr, version, chain, at, position, state FROM workshop
WHERE org_nr IN (
    SELECT value FROM json_each(?)
    UNION SELECT org_nr FROM booking WHERE id IN (SELECT value FROM json_each(?))
);

-- name: load_owner_keys
SELECT owner, wrapped, sealed_by FROM owner_key
WHERE owner IN (
    SELECT value FROM json_each(?)
    UNION SELECT owner FROM booking WHERE id IN (SELECT value FROM json_each(?))
);

-- name: load_answer
SELECT fingerprint, answer, position FROM idempotency
WHERE caller = ? AND scope = ? AND key = ?;

-- name: load_twin
SELECT state FROM message
WHERE booking_id = ? AND author = ? AND client_message_id = ?;

-- name: load_holds
-- Every hold that a service beginning at a wanted start could meet, and the booking of
-- each that the clock has freed; two days as above.
SELECT
    s.booking_id, s.kind, s.org_nr, s.bay, s.starts_at, s.free_at, s.expires_at,
    freed.version, freed.chain, freed.at, freed.position, freed.state
FROM workshop AS w JOIN slot AS s ON s.org_nr = w.org_nr
LEFT JOIN booking AS freed ON freed.id = s.booking_id AND s.expires_at <= :at
WHERE w.org_nr = coalesce(
        :org_nr, (SELECT b.org_nr FROM booking AS b WHERE b.id = :booking_id)
    )
    AND s.starts_at > :starts_at - 172800000000
    AND s.starts_at < :starts_at + w.longest_hold * 60000000
    AND s.free_at > :starts_at;

-- name: load_requests
SELECT id, booking_id, state FROM change_request
WHERE id IN (SELECT value FROM json_each(?));

-- name: load_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE id IN (SELECT value FROM json_each(?));

-- name: load_upload_messages
SELECT id, author, state FROM message
WHERE id IN (
    SELECT message_id FROM upload WHERE id IN (SELECT value FROM json_each(?))
);

-- name: load_pending
SELECT owner, org_nr, id, starts_at FROM booking
WHERE owner = ? AND org_nr = ? AND status = 'PENDING';

-- name: load_group
-- A plus keeps its column from being searched by: a group has the fewest bookings.
SELECT owner, org_nr, group_id FROM booking
WHERE +owner = ? AND +org_nr = ? AND group_id = ? LIMIT 1;

-- name: load_owned
SELECT id, version, chain, at, position, state FROM booking
WHERE owner IN (SELECT value FROM json_each(?));

-- name: load_owned_workshops
SELECT org_nr, version, chain, at, position, state FROM workshop
WHERE org_nr IN (
    SELECT org_nr FROM booking WHERE owner IN (SELECT value FROM json_each(?))
);

-- name: draw_ids
INSERT INTO slice_counter (slice, next) VALUES (:slice, :first + :count)
ON CONFLICT (slice) DO UPDATE SET next = next + :count
RETURNING next - :count;

-- name: select_streams
SELECT originator_id, originator_version, topic, state FROM stored_events
WHERE originator_id IN (SELECT value FROM json_each(?))
ORDER BY originator_id, originator_version;
