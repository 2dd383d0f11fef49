-- What the clock does, in columns; uploads; and indexes for what is searched by.
-- Rows made before are filled from their states, where a time is text with "T" and "Z",
-- and with six digits of a second or none.

-- Processes that do not know these columns must end: the epoch is this release's.
UPDATE log_head SET epoch = 2 WHERE id = 1;

-- What open requests expire at, for as long as this takes.
CREATE TEMP VIEW opened AS
SELECT
    id,
    strftime('%s', substr(at, 1, 19)) * 1000000 + CAST(substr(at, 21, 6) AS INTEGER)
        AS expires_at
FROM (
    SELECT id, json_extract(CAST(state AS TEXT), '$.open_request.expires_at') AS at
    FROM booking
);

-- When the clock changes the booking, if nothing happens before.
ALTER TABLE booking ADD COLUMN due_at INTEGER;

UPDATE booking SET due_at = (
    SELECT min(moment) FROM (
        SELECT booking.starts_at AS moment WHERE booking.status = 'PENDING'
        UNION ALL SELECT o.expires_at FROM opened AS o WHERE o.id = booking.id
    )
);

CREATE INDEX booking_due_idx ON booking (due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX booking_pending_idx ON booking (owner, org_nr, status);

CREATE INDEX booking_group_idx ON booking (group_id, id);

CREATE INDEX booking_status_idx ON booking (org_nr, status, starts_at, id);

-- When the clock frees the bay.
ALTER TABLE slot ADD COLUMN expires_at INTEGER;

UPDATE slot SET expires_at = (
    SELECT b.starts_at FROM booking AS b
    WHERE b.id = slot.booking_id AND b.status = 'PENDING'
)
WHERE kind = 'slot';

UPDATE slot SET expires_at = (
    SELECT o.expires_at FROM opened AS o WHERE o.id = slot.booking_id
)
WHERE kind = 'hold';

DROP VIEW opened;

-- A table cannot get columns that are NOT NULL: it is made anew.
CREATE TABLE change_request_next (
    id TEXT PRIMARY KEY,
    booking_id INTEGER NOT NULL,
    owner TEXT NOT NULL,
    org_nr INTEGER NOT NULL,
    status TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state BLOB NOT NULL
);

INSERT INTO change_request_next
SELECT
    id, booking_id, owner, org_nr, status,
    strftime('%s', substr(asked, 1, 19)) * 1000000
        + CAST(substr(asked, 21, 6) AS INTEGER),
    strftime('%s', substr(ends, 1, 19)) * 1000000 + CAST(substr(ends, 21, 6) AS INTEGER),
    version, position, state
FROM (
    SELECT
        *,
        json_extract(CAST(state AS TEXT), '$.requested_at') AS asked,
        json_extract(CAST(state AS TEXT), '$.expires_at') AS ends
    FROM change_request
);

DROP TABLE change_request;

ALTER TABLE change_request_next RENAME TO change_request;

CREATE INDEX change_request_booking_idx
    ON change_request (booking_id, requested_at, id);

CREATE INDEX change_request_org_idx ON change_request (org_nr, requested_at, id);

CREATE INDEX change_request_status_idx
    ON change_request (org_nr, status, requested_at, id);

-- A primary table: what is not in the log cannot be rebuilt from it. `size` and `sha256`
-- are announced, `content_type` and `stored_sha256` are those of the bytes that came.
CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    booking_id INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT,
    size INTEGER NOT NULL,
    sha256 BLOB,
    content_type TEXT,
    stored_sha256 BLOB,
    status TEXT NOT NULL CHECK (status IN ('CREATED', 'COMPLETE', 'DOOMED')),
    message_id TEXT,
    created_at INTEGER NOT NULL
);

CREATE INDEX upload_booking_idx ON upload (booking_id, id);

CREATE INDEX upload_owner_idx ON upload (owner, id);

CREATE INDEX upload_unused_idx ON upload (created_at, id)
    WHERE message_id IS NULL AND status <> 'DOOMED';

CREATE INDEX upload_doomed_idx ON upload (id) WHERE status = 'DOOMED';

-- Found by booking when its owner is forgotten, and by caller for what is at a workshop.
CREATE TABLE idempotency_next (
    scope TEXT NOT NULL,
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer BLOB NOT NULL,
    position INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (scope, caller, key)
) WITHOUT ROWID;

INSERT INTO idempotency_next
SELECT scope, caller, key, fingerprint, answer, position, created_at FROM idempotency;

DROP TABLE idempotency;

ALTER TABLE idempotency_next RENAME TO idempotency;

CREATE INDEX idempotency_caller_idx ON idempotency (caller)
    WHERE scope LIKE 'workshop-%';

CREATE INDEX idempotency_age_idx ON idempotency (created_at);

-- States as this release writes them, byte for byte: a rebuild would make the same.
UPDATE change_request SET state = CAST(
    replace(
        substr(CAST(state AS TEXT), 1, length(CAST(state AS TEXT)) - 1),
        ',"target":', ',"service":null,"asked":'
    ) || ',"counter":null,"answer":null}' AS BLOB
);

UPDATE booking SET state = CAST(
    substr(CAST(state AS TEXT), 1, length(CAST(state AS TEXT)) - 1)
        || ',"marks":[],"erased":0}' AS BLOB
)
WHERE CAST(state AS TEXT) LIKE '%"open_request":null}';

UPDATE booking SET state = CAST(
    replace(
        substr(CAST(state AS TEXT), 1, length(CAST(state AS TEXT)) - 2),
        ',"target":', ',"service":null,"asked":'
    ) || ',"counter":null,"answer":null},"marks":[],"erased":0}' AS BLOB
)
WHERE CAST(state AS TEXT) NOT LIKE '%,"marks":[],"erased":0}';

UPDATE workshop SET state = CAST(
    replace(
        replace(CAST(state AS TEXT), ',"rules":{', ',"price_bands":[],"rules":{'),
        ',"target_window":{',
        ',"max_reschedules":{"limit":3,"effect":"REQUEST"}'
            || ',"work_started":{"effect":"REQUEST"},"price_change":{"effect":"REQUEST"}'
            || ',"reason":{"required":false},"open_bookings":{"limit":5}'
            || ',"target_window":{'
    ) AS BLOB
);

-- Answers that were kept can be given again; what they lack has a default.
UPDATE idempotency SET answer = CAST(
    replace(CAST(answer AS TEXT), ',"target":', ',"service":null,"asked":') AS BLOB
);
