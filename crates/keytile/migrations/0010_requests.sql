-- Before a person's account becomes a tile an admin may want to be asked, and how many a person may have.
-- approval_since: since when admins want to be asked; none where they do not.
ALTER TABLE portal ADD COLUMN approval_since BIGINT;
ALTER TABLE portal ADD COLUMN tile_quota BIGINT;

CREATE TABLE tile_request (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    account_id UUID NOT NULL REFERENCES account (id),
    member_id UUID NOT NULL REFERENCES member (id),
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by UUID,
    decision TEXT,
    reason TEXT
);
CREATE UNIQUE INDEX tile_request_open ON tile_request (account_id) WHERE decided_at IS NULL;
CREATE INDEX tile_request_workspace ON tile_request (workspace_id, id);
CREATE INDEX tile_request_member ON tile_request (member_id) WHERE decided_at IS NULL;
