-- What is read for answers. A list takes its rows from an index in their order, and only
-- then looks for what stands beside them.

-- name: only_look_up
-- Pages are short, whatever is guessed of their lists: they are walked along an index,
-- and each row is looked up beside it. What is guessed else is to read and sort it all.
SELECT
    set_config('enable_bitmapscan', 'off', false),
    set_config('enable_hashjoin', 'off', false),
    set_config('enable_mergejoin', 'off', false);

-- name: see_bookings
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.id = ANY($1::bigint[]);

-- name: see_owners_bookings
-- $5: whether statuses count. An owner has few bookings: those of other statuses are
-- passed over.
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.owner = $1::text
    AND (b.starts_at, b.id) < ($2::timestamptz, $3::bigint)
    AND b.starts_at >= $4::timestamptz
    AND ($5::bigint = 0 OR EXISTS (
        SELECT FROM unnest($6::text[], $7::timestamptz[], $8::timestamptz[])
            AS span (status, since, until)
        WHERE span.status = b.status
            AND span.since <= b.starts_at AND b.starts_at < span.until
    ))
ORDER BY b.starts_at DESC, b.id DESC LIMIT $9::bigint;

-- name: see_workshops_bookings
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM (
    SELECT id, org_nr, owner, starts_at, version, chain, at, position, state
    FROM booking
    WHERE org_nr = $1::bigint
        AND starts_at >= $2::timestamptz AND starts_at < $3::timestamptz
    ORDER BY starts_at, id OFFSET $4::bigint LIMIT $5::bigint
) AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY b.starts_at, b.id;

-- name: count_workshops_bookings
SELECT count(*) FROM booking
WHERE org_nr = $1::bigint
    AND starts_at >= $2::timestamptz AND starts_at < $3::timestamptz;

-- name: see_workshops_bookings_by_status
-- From each span no more than the page could need of it.
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM (
    SELECT of_span.*
    FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[])
        AS span (status, since, until)
    CROSS JOIN LATERAL (
        SELECT id, org_nr, owner, starts_at, version, chain, at, position, state
        FROM booking
        WHERE org_nr = $1::bigint AND status = span.status
            AND starts_at >= greatest(span.since, $2::timestamptz)
            AND starts_at < least(span.until, $3::timestamptz)
        ORDER BY starts_at, id LIMIT $7::bigint + $8::bigint
    ) AS of_span
    ORDER BY starts_at, id OFFSET $7::bigint LIMIT $8::bigint
) AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY b.starts_at, b.id;

-- name: count_workshops_bookings_by_status
SELECT count(*)
FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[])
    AS span (status, since, until)
CROSS JOIN LATERAL (
    SELECT FROM booking
    WHERE org_nr = $1::bigint AND status = span.status
        AND starts_at >= greatest(span.since, $2::timestamptz)
        AND starts_at < least(span.until, $3::timestamptz)
    OFFSET 0
) AS of_span;

-- name: see_group
SELECT b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM booking AS b
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE b.group_id = $2::uuid AND b.org_nr = $1::bigint
ORDER BY b.starts_at, b.id OFFSET $3::bigint LIMIT $4::bigint;

-- name: count_group
SELECT count(*) FROM booking WHERE group_id = $2::uuid AND org_nr = $1::bigint;

-- name: see_change_requests
SELECT
    c.id, c.state, b.org_nr,
    b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM change_request AS c
JOIN booking AS b ON b.id = c.booking_id
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
WHERE c.id = ANY($1::uuid[]);

-- name: see_bookings_requests
SELECT state FROM change_request
WHERE booking_id = $1::bigint AND (requested_at, id) > ($2::timestamptz, $3::uuid)
ORDER BY requested_at, id LIMIT $4::bigint;

-- name: see_workshops_requests
SELECT
    c.id, c.state, b.org_nr,
    b.id, b.version, b.chain, b.at, b.position, b.state, w.state, k.wrapped
FROM (
    SELECT id, booking_id, requested_at, state FROM change_request
    WHERE org_nr = $1::bigint AND (requested_at, id) > ($2::timestamptz, $3::uuid)
    ORDER BY requested_at, id LIMIT $4::bigint
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
FROM (
    SELECT of_span.*
    FROM unnest($5::text[], $6::timestamptz[], $7::timestamptz[])
        AS span (status, since, until)
    CROSS JOIN LATERAL (
        SELECT id, booking_id, requested_at, state FROM change_request
        WHERE org_nr = $1::bigint AND status = span.status
            AND (requested_at, id) > ($2::timestamptz, $3::uuid)
            AND expires_at >= span.since AND expires_at < span.until
        ORDER BY requested_at, id LIMIT $4::bigint
    ) AS of_span
    ORDER BY requested_at, id LIMIT $4::bigint
) AS c
JOIN booking AS b ON b.id = c.booking_id
JOIN workshop AS w ON w.org_nr = b.org_nr
LEFT JOIN owner_key AS k ON k.owner = b.owner
ORDER BY c.requested_at, c.id;

-- name: see_messages
SELECT version, state FROM message
WHERE booking_id = $1::bigint AND version > $2::bigint
ORDER BY version LIMIT $3::bigint;

-- name: see_events
-- What says nothing of the state is left out where it only would have to be skipped.
SELECT originator_id, notification_id, originator_version, topic, state
FROM stored_events
WHERE originator_id = $1::text AND originator_version <= $3::bigint
    AND (originator_version > $2::bigint OR topic <> 'booking.message_appended')
ORDER BY originator_version;

-- name: see_streams
SELECT originator_id, notification_id, originator_version, topic, state
FROM stored_events
WHERE originator_id = ANY($1::text[]) AND topic <> 'booking.message_appended'
ORDER BY originator_id, originator_version;

-- name: see_changed_bookings
SELECT id FROM booking WHERE org_nr = $1::bigint AND at >= $2::timestamptz ORDER BY id;

-- name: see_holds
SELECT booking_id, kind, org_nr, bay, starts_at, free_at, expires_at FROM slot
WHERE org_nr = $1::bigint
    AND tstzrange(starts_at, free_at) && tstzrange($2::timestamptz, $3::timestamptz);

-- name: see_workshops
SELECT org_nr, version, chain, at, position, state FROM workshop
WHERE org_nr = ANY($1::bigint[]);

-- name: see_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE id = ANY($1::uuid[]);

-- name: see_bookings_uploads
SELECT
    id, booking_id, owner, name, size, sha256, content_type, stored_sha256, status,
    message_id, created_at
FROM upload WHERE booking_id = $1::bigint ORDER BY id;
