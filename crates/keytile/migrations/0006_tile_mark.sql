-- Marks of a change that touches many tiles, until the worker has put them on the tiles. The tiles lie all over their
-- table; these rows lie together, so that a change costs the same in a large workspace (docs/decisions/0009).
CREATE TABLE tile_mark (
    tile_id UUID PRIMARY KEY,
    portal_id UUID NOT NULL,
    marks BIGINT NOT NULL,
    marked_at BIGINT NOT NULL,
    priority BIGINT NOT NULL
);
CREATE INDEX tile_mark_portal ON tile_mark (portal_id, priority, marked_at);

-- Covering: marks are left without a look at the tiles' own rows.
DROP INDEX tile_by_account;
CREATE INDEX tile_by_account ON tile (account_id, workspace_id, audience_id, portal_id, id, gone_at) WHERE gone_at IS NULL;
