-- The log, as the eventsourcing library would make it for text ids, but for its
-- insert function: that one inserts without a lock.

CREATE TABLE stored_events (
    originator_id text NOT NULL,
    originator_version bigint NOT NULL,
    topic text,
    state bytea,
    notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
);

CREATE UNIQUE INDEX stored_events_notification_id_idx
    ON stored_events (notification_id ASC);

CREATE TYPE stored_event_text AS (
    originator_id text,
    originator_version bigint,
    topic text,
    state bytea
);

-- The head row: locked first by every writer, never updated but to raise the epoch.
CREATE TABLE log_head (
    id smallint PRIMARY KEY CHECK (id = 1),
    epoch bigint NOT NULL
);

INSERT INTO log_head (id, epoch) VALUES (1, 1);

CREATE TABLE booking (
    id bigint PRIMARY KEY,
    org_nr bigint NOT NULL,
    owner text NOT NULL,
    group_id uuid NOT NULL,
    status text NOT NULL,
    starts_at timestamptz NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    chain bytea NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    state bytea NOT NULL
);

CREATE INDEX booking_owner_idx ON booking (owner, starts_at DESC, id DESC);

CREATE INDEX booking_org_idx ON booking (org_nr, starts_at, id);

CREATE TABLE workshop (
    org_nr bigint PRIMARY KEY,
    version bigint NOT NULL,
    chain bytea NOT NULL,
    at timestamptz NOT NULL,
    position bigint NOT NULL,
    longest_hold integer NOT NULL,
    state bytea NOT NULL
);

CREATE TABLE change_request (
    id uuid PRIMARY KEY,
    booking_id bigint NOT NULL,
    owner text NOT NULL,
    org_nr bigint NOT NULL,
    status text NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    state bytea NOT NULL
);

CREATE INDEX change_request_booking_idx ON change_request (booking_id, version);

CREATE TABLE message (
    id uuid PRIMARY KEY,
    booking_id bigint NOT NULL,
    version bigint NOT NULL,
    author text NOT NULL,
    client_message_id uuid,
    position bigint NOT NULL,
    state bytea NOT NULL,
    UNIQUE (booking_id, version),
    UNIQUE (booking_id, author, client_message_id)
);

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- A booking's slot and its own hold never conflict with each other.
CREATE TABLE slot (
    booking_id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('slot', 'hold')),
    org_nr bigint NOT NULL,
    bay integer NOT NULL,
    starts_at timestamptz NOT NULL,
    free_at timestamptz NOT NULL,
    PRIMARY KEY (booking_id, kind),
    CONSTRAINT slot_is_free EXCLUDE USING gist (
        org_nr WITH =,
        bay WITH =,
        tstzrange(starts_at, free_at) WITH &&,
        booking_id WITH <>
    )
);

CREATE TABLE idempotency (
    caller text NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer bytea NOT NULL,
    position bigint,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (caller, scope, key)
);

CREATE TABLE owner_key (
    owner text PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE slice_counter (
    slice integer PRIMARY KEY,
    next bigint NOT NULL
);
