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

-- Covering: an access check reads this and never the account's own row, which is large and lies anywhere.
CREATE INDEX account_check ON account (id, workspace_id, deleted_at);
DROP INDEX team_membership_member;
CREATE INDEX team_membership_member ON team_membership (member_id, team_id, ended_at) WHERE ended_at IS NULL;
