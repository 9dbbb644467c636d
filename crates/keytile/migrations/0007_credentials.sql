-- A credential of a connection has a life: when it was entered and by whom, when the portal last accepted it, what was
-- said against it, and another one that stands by for its end (docs/decisions/0012-credentials.md).

-- status_code: why the connection is refused, as a stable word beside the sentence in status_detail.
ALTER TABLE portal ADD COLUMN status_code TEXT;
ALTER TABLE portal ADD COLUMN token_entered_at BIGINT;
ALTER TABLE portal ADD COLUMN token_entered_by UUID;
ALTER TABLE portal ADD COLUMN token_used_at BIGINT;
ALTER TABLE portal ADD COLUMN token_warning TEXT;
-- After how many days a token is called old, and when that was told.
ALTER TABLE portal ADD COLUMN token_days BIGINT NOT NULL DEFAULT 90;
ALTER TABLE portal ADD COLUMN token_old_told_at BIGINT;
-- When the credentials are looked after again.
ALTER TABLE portal ADD COLUMN knock_at BIGINT;
CREATE INDEX portal_knock ON portal (knock_at);
-- The highest version that any credential of the connection has had: no place of a sealed one is used twice.
ALTER TABLE portal ADD COLUMN last_version BIGINT NOT NULL DEFAULT 0;
-- When the standby took over, and why; until there is another one.
ALTER TABLE portal ADD COLUMN took_over_at BIGINT;
ALTER TABLE portal ADD COLUMN took_over_why TEXT;

UPDATE portal SET token_entered_at = COALESCE(turned_on_at, created_at), token_entered_by = turned_on_by,
                  last_version = token_version;

-- The credential that takes over when the portal ends the one in use. It is sealed as that one is, so that taking over
-- needs no key.
CREATE TABLE standby_credential (
    portal_id UUID PRIMARY KEY REFERENCES portal (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    credential TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    version BIGINT NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    entered_at BIGINT NOT NULL,
    entered_by UUID,
    used_at BIGINT NOT NULL,
    warning TEXT,
    problem TEXT
);
