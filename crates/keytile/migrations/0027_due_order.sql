-- Of those that became due at the same instant, as the accounts of a first sync did, the one with the lowest id goes first, at every
-- look: what was begun is finished, and nobody is overtaken again and again.
DROP INDEX tile_due;
CREATE INDEX tile_due ON tile (portal_id, priority, due_at, id) WHERE due_at IS NOT NULL;
DROP INDEX audience_due;
CREATE INDEX audience_due ON audience (portal_id, priority, due_at, id) WHERE due_at IS NOT NULL;
