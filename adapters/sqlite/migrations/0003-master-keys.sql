-- Which master key wraps what, so that it can be replaced while all goes on.
-- All of it is nullable or new: a process of the release before does not notice.

-- The id of the master key; null says that nobody noted it.
ALTER TABLE owner_key ADD COLUMN wrapped_by BLOB;

-- What kept answers name the key by, once it was wrapped anew: the SHA-256 of how it was
-- wrapped first. Null says that it still is wrapped so.
ALTER TABLE owner_key ADD COLUMN sealed_by BLOB;

CREATE INDEX owner_key_wrapped_by_idx ON owner_key (wrapped_by);

-- Master keys that may still wrap something, each with a value to try it on.
CREATE TABLE former_master_key (
    id BLOB PRIMARY KEY,
    canary BLOB NOT NULL,
    since INTEGER NOT NULL
) WITHOUT ROWID;
