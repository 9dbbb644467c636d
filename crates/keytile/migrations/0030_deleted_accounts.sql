-- Deleted accounts, the last one first: there are few among many that are not.
CREATE INDEX account_deleted ON account (workspace_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
