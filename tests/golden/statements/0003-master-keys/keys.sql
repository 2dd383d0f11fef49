-- Owners' keys and the master keys that wrap them. The key of nobody (owner '') is the
-- canary: what wraps it wraps all that is new. Whatever writes takes the head row first.

-- name: see_canaries
-- The canary first, and that of each former master key.
SELECT wrapped, wrapped_by FROM owner_key WHERE owner = ''
UNION ALL
SELECT canary, id FROM former_master_key;

-- name: count_keys
SELECT wrapped_by, count(*) FROM owner_key WHERE owner <> ''
GROUP BY wrapped_by ORDER BY wrapped_by NULLS FIRST;

-- name: see_keys
SELECT owner, wrapped, wrapped_by FROM owner_key
WHERE owner > $1::text ORDER BY owner LIMIT $2::bigint;

-- name: keep_former
-- Unless somebody else replaced the canary in between.
INSERT INTO former_master_key (id, canary, since)
SELECT $2::bytea, wrapped, $3::timestamptz FROM owner_key
WHERE owner = '' AND wrapped = $1::bytea
ON CONFLICT DO NOTHING;

-- name: wrap_keys_anew
-- Only what still is wrapped as it was, while $1 is the canary.
WITH wrapped_anew AS (
    UPDATE owner_key AS k SET
        wrapped = n.anew, wrapped_by = n.wrapped_by,
        sealed_by = coalesce(k.sealed_by, n.sealed_by)
    FROM unnest($2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
        AS n (owner, wrapped, anew, wrapped_by, sealed_by)
    WHERE k.owner = n.owner AND k.wrapped = n.wrapped
        AND EXISTS (SELECT FROM owner_key WHERE owner = '' AND wrapped = $1::bytea)
    RETURNING 1
)
SELECT count(*) FROM wrapped_anew;

-- name: forget_formers
-- Those that wrap nothing any more, if nobody left open what wraps a key. Looked for one
-- by one: an EXISTS in an OR would be answered from the whole table.
WITH forgotten AS (
    DELETE FROM former_master_key AS f
    WHERE f.id = (SELECT wrapped_by FROM owner_key WHERE owner = '')
        OR coalesce(
            (SELECT true FROM owner_key WHERE wrapped_by = f.id LIMIT 1),
            (SELECT true FROM owner_key WHERE wrapped_by IS NULL LIMIT 1)
        ) IS NULL
    RETURNING 1
)
SELECT count(*) FROM forgotten;
