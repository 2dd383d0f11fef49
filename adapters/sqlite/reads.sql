-- What is read for answers. A list takes its rows from an index in their order, and only
-- then looks for what stands beside them. Arrays come as JSON, those of one table apart.

-- name: see_bookings
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.id IN (SELECT value FROM json_each(?1));

-- name: see_owners_bookings
-- ?5: whether statuses count. An owner has few bookings: those of other statuses are
-- passed over.
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.owner = ?1
    AND (b.starts_at, b.id) < (?2, ?3)
    AND b.starts_at >= ?4
    AND (?5 = 0 OR EXISTS (
        SELECT 1 FROM json_each(?6) AS status
        JOIN json_each(?7) AS since ON since.key = status.key
        JOIN json_each(?8) AS until ON until.key = status.key
        WHERE status.value = b.status
            AND since.value <= b.starts_at AND b.starts_at < until.value
    ))
ORDER BY b.starts_at DESC, b.id DESC LIMIT ?9;

-- name: see_workshops_bookings
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM (
    SELECT id, org_nr, owner, starts_at, version, chain, at, position, state
    FROM booking
    WHERE org_nr = ?1
        AND starts_at >= ?2 AND starts_at < ?3
    ORDER BY starts_at, id LIMIT ?5 OFFSET ?4
) AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY b.starts_at, b.id;

-- name: count_workshops_bookings
SELECT count(*) FROM booking
WHERE org_nr = ?1
    AND starts_at >= ?2 AND starts_at < ?3;

-- name: see_workshops_bookings_by_status
-- From each span no more than the page could need of it.
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM json_each(?4) AS status
JOIN json_each(?5) AS since ON since.key = status.key
JOIN json_each(?6) AS until ON until.key = status.key
JOIN booking AS b ON b.id IN (
    SELECT of_span.id FROM booking AS of_span
    WHERE of_span.org_nr = ?1 AND of_span.status = status.value
        AND of_span.starts_at >= max(since.value, ?2)
        AND of_span.starts_at < min(until.value, ?3)
    ORDER BY of_span.starts_at, of_span.id LIMIT ?7 + ?8
)
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY b.starts_at, b.id LIMIT ?8 OFFSET ?7;

-- name: count_workshops_bookings_by_status
SELECT count(*)
FROM json_each(?4) AS status
JOIN json_each(?5) AS since ON since.key = status.key
JOIN json_each(?6) AS until ON until.key = status.key
CROSS JOIN booking AS b
WHERE b.org_nr = ?1 AND b.status = status.value
    AND b.starts_at >= max(since.value, ?2) AND b.starts_at < min(until.value, ?3);

-- name: see_group
-- A plus keeps its column from being searched by: a group has the fewest bookings.
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.group_id = ?2 AND +b.org_nr = ?1
ORDER BY b.starts_at, b.id LIMIT ?4 OFFSET ?3;

-- name: count_group
SELECT count(*) FROM booking WHERE group_id = ?2 AND +org_nr = ?1;

-- name: see_change_requests
SELECT
    c.id, c.state, b.org_nr,
    b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM change_request AS c
JOIN booking AS b ON b.id = c.booking_id
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE c.id IN (SELECT value FROM json_each(?1));

-- name: see_bookings_requests
SELECT state FROM change_request
WHERE booking_id = ?1 AND (requested_at, id) > (?2, ?3)
ORDER BY requested_at, id LIMIT ?4;

-- name: see_workshops_requests
SELECT
    c.id, c.state, b.org_nr,
    b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM (
    SELECT id, booking_id, requested_at, state FROM change_request
    WHERE org_nr = ?1 AND (requested_at, id) > (?2, ?3)
    ORDER BY requested_at, id LIMIT ?4
) AS c
JOIN booking AS b ON b.id = c.booking_id
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY c.requested_at, c.id;

-- name: see_workshops_requests_by_status
-- Open requests are few, as they expire: those in another span are passed over.
SELECT
    c.id, c.state, b.org_nr,
    b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM json_each(?5) AS status
JOIN json_each(?6) AS since ON since.key = status.key
JOIN json_each(?7) AS until ON until.key = status.key
JOIN change_request AS c ON c.id IN (
    SELECT of_span.id FROM change_request AS of_span
    WHERE of_span.org_nr = ?1 AND of_span.status = status.value
        AND (of_span.requested_at, of_span.id) > (?2, ?3)
        AND of_span.expires_at >= since.value AND of_span.expires_at < until.value
    ORDER BY of_span.requested_at, of_span.id LIMIT ?4
)
JOIN booking AS b ON b.id = c.booking_id
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY c.requested_at, c.id LIMIT ?4;

-- name: see_messages
SELECT version, state FROM message
WHERE booking_id = ?1 AND version > ?2
ORDER BY version LIMIT ?3;

-- name: see_events
-- What says nothing of the state is left out where it only would have to be skipped.
SELECT originator_id, rowid, originator_version, topic, state
FROM stored_events
WHERE originator_id = ?1 AND originator_version <= ?3
    AND (originator_version > ?2 OR topic <> 'booking.message_appended')
ORDER BY originator_version;

-- name: see_streams
SELECT originator_id, rowid, originator_version, topic, state
FROM stored_events
WHERE originator_id IN (SELECT value FROM json_each(?1)) AND topic <> 'booking.message_appended'
ORDER BY originator_id, originator_version;

-- name: see_changed_bookings
SELECT id FROM booking WHERE org_nr = ?1 AND at >= ?2 ORDER BY id;

-- name: see_holds
-- A service and its buffer take two days at most: the index need not be read from its
-- beginning.
SELECT booking_id, kind, org_nr, bay, starts_at, free_at, expires_at FROM slot
WHERE org_nr = ?1
    AND starts_at > ?2 - 172800000000 AND starts_at < ?3 AND free_at > ?2;

-- name: see_workshops
SELECT org_nr, version, chain, at, position, state FROM workshop
WHERE org_nr IN (SELECT value FROM json_each(?1));

-- name: see_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE id IN (SELECT value FROM json_each(?1));

-- name: see_bookings_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE booking_id = ?1 ORDER BY id;
