-- The log, as the eventsourcing library would make it; the rowid is the position.
-- Times are microseconds since 1970 in UTC, UUIDs are lower-case text.

CREATE TABLE stored_events (
    originator_id TEXT,
    originator_version INTEGER,
    topic TEXT,
    state BLOB,
    PRIMARY KEY (originator_id, originator_version)
);

CREATE TABLE log_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL
);

INSERT INTO log_head (id, epoch) VALUES (1, 1);

CREATE TABLE booking (
    id INTEGER PRIMARY KEY,
    org_nr INTEGER NOT NULL,
    owner TEXT NOT NULL,
    group_id TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    chain BLOB NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state BLOB NOT NULL
);

CREATE INDEX booking_owner_idx ON booking (owner, starts_at DESC, id DESC);

CREATE INDEX booking_org_idx ON booking (org_nr, starts_at, id);

CREATE TABLE workshop (
    org_nr INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    chain BLOB NOT NULL,
    at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    longest_hold INTEGER NOT NULL,
    state BLOB NOT NULL
);

CREATE TABLE change_request (
    id TEXT PRIMARY KEY,
    booking_id INTEGER NOT NULL,
    owner TEXT NOT NULL,
    org_nr INTEGER NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    state BLOB NOT NULL
);

CREATE INDEX change_request_booking_idx ON change_request (booking_id, version);

CREATE TABLE message (
    id TEXT PRIMARY KEY,
    booking_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    author TEXT NOT NULL,
    client_message_id TEXT,
    position INTEGER NOT NULL,
    state BLOB NOT NULL,
    UNIQUE (booking_id, version),
    UNIQUE (booking_id, author, client_message_id)
);

-- That a slot is free is checked by the writer, inside its transaction.
CREATE TABLE slot (
    booking_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('slot', 'hold')),
    org_nr INTEGER NOT NULL,
    bay INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    free_at INTEGER NOT NULL,
    PRIMARY KEY (booking_id, kind)
) WITHOUT ROWID;

CREATE INDEX slot_org_idx ON slot (org_nr, starts_at);

CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    answer BLOB NOT NULL,
    position INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller, scope, key)
) WITHOUT ROWID;

CREATE TABLE owner_key (
    owner TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE slice_counter (
    slice INTEGER PRIMARY KEY,
    next INTEGER NOT NULL
);
