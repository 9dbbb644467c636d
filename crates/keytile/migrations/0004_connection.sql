-- The step about a group that was sent, and whose result nobody has recorded.
ALTER TABLE audience ADD COLUMN in_flight TEXT;

-- With what the names of groups begin that an admin of the portal made for us; without one we make our own.
ALTER TABLE portal ADD COLUMN pool_prefix TEXT;

-- What `portal.token` holds, sealed: `token`, or `service_app` with its client id and key.
ALTER TABLE portal ADD COLUMN credential TEXT NOT NULL DEFAULT 'token';

-- A key that was made for a service app that is not connected yet: its private half never leaves.
CREATE TABLE service_key (
    workspace_id UUID PRIMARY KEY REFERENCES workspace (id),
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID
);
