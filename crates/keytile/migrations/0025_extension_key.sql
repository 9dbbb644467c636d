-- With what a workspace signs the extension for Chromium's browsers: made at the first need, sealed under its data key
-- (docs/decisions/0022-who-signs-the-extension.md). id: how browsers call what it signs; it follows from the key.
CREATE TABLE extension_key (
    workspace_id UUID PRIMARY KEY REFERENCES workspace (id),
    id TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
