-- Jobs: one thing that a person asked for many accounts, with what became of each.
CREATE TABLE job (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    kind TEXT NOT NULL,
    total BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    done_at BIGINT
);
CREATE INDEX job_open ON job (id) WHERE done_at IS NULL;
CREATE INDEX job_member ON job (member_id, id);

-- `waiting`, then `asked` (the rest is the worker's), then `done` or `failed` with the reason.
CREATE TABLE job_item (
    job_id UUID NOT NULL REFERENCES job (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    account_id UUID NOT NULL REFERENCES account (id),
    state TEXT NOT NULL,
    problem TEXT,
    decided_at BIGINT,
    PRIMARY KEY (job_id, account_id)
);
CREATE INDEX job_item_state ON job_item (job_id, state, account_id);

-- What the worker has learned of the portal's limits, for pages.
ALTER TABLE portal ADD COLUMN limits TEXT;

-- The queue lists what does not go on; a timeline reaches back to tiles that are gone.
CREATE INDEX tile_problem ON tile (portal_id, id) WHERE problem IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tile_of_account ON tile (account_id, id);
