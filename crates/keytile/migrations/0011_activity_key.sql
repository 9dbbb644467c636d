-- A record is found by its workspace and, within it, by its place in time: one index says both, so that a change writes
-- one less.
CREATE TABLE activity_of_workspace (
    id UUID NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    actor_id UUID,
    actor_kind TEXT NOT NULL,
    event TEXT NOT NULL,
    account_id UUID,
    collection_id UUID,
    team_id UUID,
    member_id UUID,
    detail TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
INSERT INTO activity_of_workspace
    (id, workspace_id, at, actor_id, actor_kind, event, account_id, collection_id, team_id, member_id, detail)
SELECT id, workspace_id, at, actor_id, actor_kind, event, account_id, collection_id, team_id, member_id, detail
FROM activity ORDER BY id;
DROP TABLE activity;
ALTER TABLE activity_of_workspace RENAME TO activity;
CREATE INDEX activity_account ON activity (account_id, id) WHERE account_id IS NOT NULL;
