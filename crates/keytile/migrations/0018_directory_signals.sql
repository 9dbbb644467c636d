-- What a directory tells us by itself: events, and that somebody is to be signed out
-- (docs/decisions/0018-signals-of-the-directory.md).

-- hash: of the secret that a delivery must carry; old_*: of the one before, until it is over.
CREATE TABLE directory_hook (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    hash BYTEA NOT NULL,
    old_hash BYTEA,
    old_until BIGINT,
    created_at BIGINT NOT NULL,
    created_by UUID,
    verified_at BIGINT,
    heard_at BIGINT,
    heard_kind TEXT,
    events BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX directory_hook_directory ON directory_hook (directory_id);

-- Events that were heard, so that nobody is looked at for one of them twice. Kept for a day, and no more than so many.
CREATE TABLE directory_event (
    directory_id UUID NOT NULL REFERENCES directory (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    event_id TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY (directory_id, event_id)
);
CREATE INDEX directory_event_heard ON directory_event (directory_id, heard_at);

-- Signed tokens that were accepted, until they are too old anyway: none is accepted twice.
CREATE TABLE directory_token (
    directory_id UUID NOT NULL REFERENCES directory (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (directory_id, hash)
);
CREATE INDEX directory_token_expires ON directory_token (expires_at);

-- When the directory last signed somebody out, by either way, and when its stream of security events was last heard.
ALTER TABLE directory ADD COLUMN logout_at BIGINT;
ALTER TABLE directory ADD COLUMN logout_name TEXT;
ALTER TABLE directory ADD COLUMN stream_at BIGINT;
