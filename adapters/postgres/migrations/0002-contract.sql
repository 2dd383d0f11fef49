-- What the clock does, in columns; uploads; and indexes for what is searched by.
-- Rows made before are filled from their states.

-- Processes that do not know these columns must end: the epoch is this release's.
UPDATE log_head SET epoch = 2 WHERE id = 1;

-- When the clock changes the booking, if nothing happens before.
ALTER TABLE booking ADD COLUMN due_at timestamptz;

UPDATE booking SET due_at = least(
    CASE WHEN status = 'PENDING' THEN starts_at END,
    (convert_from(state, 'UTF8')::jsonb #>> '{open_request,expires_at}')::timestamptz
);

CREATE INDEX booking_due_idx ON booking (due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX booking_pending_idx ON booking (owner, org_nr) WHERE status = 'PENDING';

CREATE INDEX booking_group_idx ON booking (group_id, id);

CREATE INDEX booking_status_idx ON booking (org_nr, status, starts_at, id);

-- When the clock frees the bay.
ALTER TABLE slot ADD COLUMN expires_at timestamptz;

UPDATE slot AS s SET expires_at = CASE s.kind
    WHEN 'slot' THEN CASE WHEN b.status = 'PENDING' THEN b.starts_at END
    ELSE (convert_from(b.state, 'UTF8')::jsonb #>> '{open_request,expires_at}')::timestamptz
END
FROM booking AS b WHERE b.id = s.booking_id;

ALTER TABLE change_request ADD COLUMN requested_at timestamptz;

ALTER TABLE change_request ADD COLUMN expires_at timestamptz;

UPDATE change_request SET
    requested_at = (convert_from(state, 'UTF8')::jsonb ->> 'requested_at')::timestamptz,
    expires_at = (convert_from(state, 'UTF8')::jsonb ->> 'expires_at')::timestamptz;

ALTER TABLE change_request ALTER COLUMN requested_at SET NOT NULL;

ALTER TABLE change_request ALTER COLUMN expires_at SET NOT NULL;

DROP INDEX change_request_booking_idx;

CREATE INDEX change_request_booking_idx
    ON change_request (booking_id, requested_at, id);

CREATE INDEX change_request_org_idx ON change_request (org_nr, requested_at, id);

CREATE INDEX change_request_status_idx
    ON change_request (org_nr, status, requested_at, id);

-- A primary table: what is not in the log cannot be rebuilt from it. `size` and `sha256`
-- are announced, `content_type` and `stored_sha256` are those of the bytes that came.
CREATE TABLE upload (
    id uuid PRIMARY KEY,
    booking_id bigint NOT NULL,
    owner text NOT NULL,
    name text,
    size bigint NOT NULL,
    sha256 bytea,
    content_type text,
    stored_sha256 bytea,
    status text NOT NULL CHECK (status IN ('CREATED', 'COMPLETE', 'DOOMED')),
    message_id uuid,
    created_at timestamptz NOT NULL
);

CREATE INDEX upload_booking_idx ON upload (booking_id, id);

CREATE INDEX upload_owner_idx ON upload (owner, id);

CREATE INDEX upload_unused_idx ON upload (created_at, id)
    WHERE message_id IS NULL AND status <> 'DOOMED';

CREATE INDEX upload_doomed_idx ON upload (id) WHERE status = 'DOOMED';

-- Found by booking when its owner is forgotten, and by caller for what is at a workshop.
ALTER TABLE idempotency DROP CONSTRAINT idempotency_pkey;

ALTER TABLE idempotency ADD PRIMARY KEY (scope, caller, key);

CREATE INDEX idempotency_caller_idx ON idempotency (caller)
    WHERE scope LIKE 'workshop-%';

CREATE INDEX idempotency_age_idx ON idempotency (created_at);

-- States as this release writes them, byte for byte: a rebuild would make the same.
UPDATE change_request SET state = convert_to(
    replace(
        left(convert_from(state, 'UTF8'), -1), ',"target":', ',"service":null,"asked":'
    ) || ',"counter":null,"answer":null}',
    'UTF8'
);

UPDATE booking AS b SET state = convert_to(
    CASE
        WHEN old.state LIKE '%"open_request":null}' THEN left(old.state, -1)
        ELSE replace(left(old.state, -2), ',"target":', ',"service":null,"asked":')
            || ',"counter":null,"answer":null}'
    END || ',"marks":[],"erased":0}',
    'UTF8'
)
FROM (SELECT id, convert_from(state, 'UTF8') AS state FROM booking) AS old
WHERE old.id = b.id;

UPDATE workshop SET state = convert_to(
    replace(
        replace(
            convert_from(state, 'UTF8'), ',"rules":{', ',"price_bands":[],"rules":{'
        ),
        ',"target_window":{',
        ',"max_reschedules":{"limit":3,"effect":"REQUEST"}'
        ',"work_started":{"effect":"REQUEST"},"price_change":{"effect":"REQUEST"}'
        ',"reason":{"required":false},"open_bookings":{"limit":5},"target_window":{'
    ),
    'UTF8'
);

-- Answers that were kept can be given again; what they lack has a default.
UPDATE idempotency SET answer = convert_to(
    replace(convert_from(answer, 'UTF8'), ',"target":', ',"service":null,"asked":'),
    'UTF8'
);
