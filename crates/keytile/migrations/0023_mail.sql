-- Alerts by mail as well (docs/decisions/0021-alerts-by-mail.md): what is still to be told outside is one queue for all
-- channels, and a message of a mail names whom it goes to.
ALTER TABLE webhook_event RENAME TO delivery;
-- 'webhook' or 'mail'.
ALTER TABLE delivery ADD COLUMN channel TEXT NOT NULL DEFAULT 'webhook';
-- The member whom a mail goes to. Their address is read when it is sent.
ALTER TABLE delivery ADD COLUMN member_id UUID REFERENCES member (id);

DROP INDEX webhook_event_due;
CREATE INDEX delivery_due ON delivery (channel, due_at) WHERE due_at IS NOT NULL;
DROP INDEX webhook_event_workspace;
CREATE INDEX delivery_workspace ON delivery (workspace_id, channel, id);
CREATE INDEX delivery_mailed ON delivery (workspace_id) WHERE channel = 'mail';

-- To whom mail has been given up, since when and why: the admins were told. Gone with the next mail that arrives.
CREATE TABLE mail_failing (
    member_id UUID PRIMARY KEY REFERENCES member (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    since BIGINT NOT NULL,
    problem TEXT NOT NULL
);
CREATE INDEX mail_failing_workspace ON mail_failing (workspace_id);
