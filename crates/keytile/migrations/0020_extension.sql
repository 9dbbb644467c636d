-- Browsers that log in by themselves, and what each was given (docs/automated-login.md).

-- One browser profile of one member. session_id: in which it acts now; it ends with that session until another is brought.
CREATE TABLE device (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    session_id UUID NOT NULL REFERENCES session (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    signing_key BYTEA NOT NULL,
    kem TEXT NOT NULL,
    sealing_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    approved_at BIGINT,
    approved_by UUID,
    last_used_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by UUID
);
CREATE INDEX device_member ON device (member_id) WHERE ended_at IS NULL;
CREATE INDEX device_workspace ON device (workspace_id, id) WHERE ended_at IS NULL;

-- What a page hands to the extension: for one login, or to bind a device to a session. Kept until a little after its end.
CREATE TABLE login_ticket (
    hash BYTEA PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    session_id UUID NOT NULL REFERENCES session (id),
    member_id UUID NOT NULL REFERENCES member (id),
    account_id UUID REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX login_ticket_expires ON login_ticket (expires_at);

-- Each permission to log in, and what became of it. resumes: how many grants of the same launch came before.
CREATE TABLE login_grant (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    account_id UUID NOT NULL REFERENCES account (id),
    device_id UUID NOT NULL REFERENCES device (id),
    session_id UUID NOT NULL REFERENCES session (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    step TEXT,
    progressed_at BIGINT,
    codes BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    origin TEXT,
    duration_ms BIGINT,
    ended_at BIGINT,
    resumed_from UUID REFERENCES login_grant (id),
    resumes BIGINT NOT NULL DEFAULT 0,
    alerted_at BIGINT
);
CREATE INDEX login_grant_member ON login_grant (member_id, created_at);
CREATE INDEX login_grant_account ON login_grant (account_id, created_at);
CREATE INDEX login_grant_device ON login_grant (device_id, created_at);
CREATE INDEX login_grant_alerted ON login_grant (member_id, alerted_at) WHERE alerted_at IS NOT NULL;
CREATE UNIQUE INDEX login_grant_resumed ON login_grant (resumed_from) WHERE resumed_from IS NOT NULL;

-- With what a workspace signs: made at the first use, sealed under its data key.
CREATE TABLE grant_key (
    workspace_id UUID PRIMARY KEY REFERENCES workspace (id),
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a workspace asks of devices. refused_versions: a JSON list.
CREATE TABLE device_rule (
    workspace_id UUID PRIMARY KEY REFERENCES workspace (id),
    approval_at BIGINT,
    minimum_version TEXT,
    refused_versions TEXT
);

-- origins: where its login may be filled in, a JSON list; NULL for the origin of login_url. recipe: JSON.
ALTER TABLE account ADD COLUMN origins TEXT;
ALTER TABLE account ADD COLUMN recipe TEXT;
ALTER TABLE account ADD COLUMN password_rejected_at BIGINT;
