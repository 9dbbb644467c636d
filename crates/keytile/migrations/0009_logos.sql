-- Pictures for tiles, so that forty of them do not look alike; off, because each costs a call in the narrowest limit
-- (docs/decisions/0014-pictures.md).
ALTER TABLE portal ADD COLUMN logos BIGINT NOT NULL DEFAULT 0;

-- The version of the drawing that the app was given, or 0 where it was found to have, or be allowed, no other.
ALTER TABLE tile ADD COLUMN logo BIGINT;
CREATE INDEX tile_without_logo ON tile (portal_id, id) WHERE logo IS NULL AND app_id IS NOT NULL AND gone_at IS NULL;
