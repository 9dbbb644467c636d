-- The list of members goes on from any place at the same cost: those who are here by name, then those who are gone.
CREATE INDEX member_here ON member (workspace_id, name_key, id) WHERE removed_at IS NULL;
CREATE INDEX member_gone ON member (workspace_id, name_key, id) WHERE removed_at IS NOT NULL;
-- What was once shared with somebody: written only when a share ends.
CREATE INDEX share_member_past ON share (member_id, started_at) WHERE ended_at IS NOT NULL AND member_id IS NOT NULL;
