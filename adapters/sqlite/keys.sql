-- Owners' keys and the master keys that wrap them. The key of nobody (owner '') is the
-- canary: what wraps it wraps all that is new. Whatever writes takes the writer's turn.

-- name: see_canaries
-- The canary first, and that of each former master key.
SELECT wrapped, wrapped_by FROM owner_key WHERE owner = ''
UNION ALL
SELECT canary, id FROM former_master_key;

-- name: count_keys
SELECT wrapped_by, count(*) FROM owner_key WHERE owner <> ''
GROUP BY wrapped_by ORDER BY wrapped_by;

-- name: see_keys
SELECT owner, wrapped, wrapped_by FROM owner_key
WHERE owner > ? ORDER BY owner LIMIT ?;

-- name: keep_former
-- Unless somebody else replaced the canary in between.
INSERT INTO former_master_key (id, canary, since)
SELECT ?2, wrapped, ?3 FROM owner_key WHERE owner = '' AND wrapped = ?1
ON CONFLICT DO NOTHING;

-- name: wrap_key_anew
-- Only if it still is wrapped as it was, while ?1 is the canary.
UPDATE owner_key SET
    wrapped = ?4, wrapped_by = ?5, sealed_by = coalesce(sealed_by, ?6)
WHERE owner = ?2 AND wrapped = ?3
    AND EXISTS (SELECT 1 FROM owner_key WHERE owner = '' AND wrapped = ?1);

-- name: forget_formers
-- Those that wrap nothing any more, if nobody left open what wraps a key.
DELETE FROM former_master_key
WHERE id = (SELECT wrapped_by FROM owner_key WHERE owner = '')
    OR NOT EXISTS (SELECT 1 FROM owner_key WHERE wrapped_by = id OR wrapped_by IS NULL);
