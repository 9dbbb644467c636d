-- Where another system is told what admins must hear of (docs/decisions/0013-webhooks.md), and what is still to be told.
CREATE TABLE webhook (
    workspace_id UUID PRIMARY KEY REFERENCES workspace (id),
    url TEXT NOT NULL,
    secret BYTEA NOT NULL,
    secret_version BIGINT NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    created_at BIGINT NOT NULL,
    created_by UUID,
    -- Since when deliveries have been given up: the admins were told.
    failing_since BIGINT
);

-- due_at: when it is sent next; none once it was heard, or given up.
CREATE TABLE webhook_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    link TEXT NOT NULL,
    detail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    delivered_at BIGINT,
    problem TEXT
);
CREATE INDEX webhook_event_due ON webhook_event (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_event_workspace ON webhook_event (workspace_id, id);

-- Since when some tile has differed from the portal for long: told once when it begins and once when it is over (L6).
ALTER TABLE portal ADD COLUMN late_since BIGINT;
