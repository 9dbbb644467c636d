-- One text for SQLite and PostgreSQL (docs/decisions/0001-one-sql-text.md). Instants are BIGINT milliseconds since 1970 UTC; a flag is a time.
-- Shares, memberships and roles are closed (ended_at, ended_by), never deleted.

CREATE TABLE workspace (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE data_key (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    root_key_id TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX data_key_workspace ON data_key (workspace_id);
CREATE INDEX data_key_root ON data_key (root_key_id);

-- Where people and groups come from: an Okta org's SCIM pushes and its OIDC sign-in.
CREATE TABLE directory (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    issuer TEXT,
    client_id TEXT,
    client_secret BYTEA,
    client_secret_version BIGINT NOT NULL DEFAULT 0,
    data_key_id UUID,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX directory_workspace ON directory (workspace_id);

CREATE TABLE scim_token (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    last_used_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX scim_token_hash ON scim_token (hash);

CREATE TABLE member (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL DEFAULT '',
    directory_id UUID REFERENCES directory (id),
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    removed_at BIGINT,
    last_seen_at BIGINT
);
CREATE UNIQUE INDEX member_email ON member (workspace_id, email_key) WHERE removed_at IS NULL;
CREATE INDEX member_workspace ON member (workspace_id, id);

CREATE TABLE member_role (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    role TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by UUID,
    ended_at BIGINT,
    ended_by UUID
);
CREATE UNIQUE INDEX member_role_current ON member_role (member_id) WHERE ended_at IS NULL;
CREATE INDEX member_role_history ON member_role (member_id, started_at);
CREATE UNIQUE INDEX workspace_owner ON member_role (workspace_id) WHERE ended_at IS NULL AND role = 'owner';

-- A person's external id belongs to a directory connection, not to the person alone.
CREATE TABLE identity (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    member_id UUID NOT NULL REFERENCES member (id),
    external_id TEXT,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    resource TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX identity_external ON identity (directory_id, external_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX identity_user_name ON identity (directory_id, user_name_key) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX identity_member ON identity (member_id) WHERE ended_at IS NULL;

CREATE TABLE session (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    hash BYTEA NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX session_hash ON session (hash);
CREATE INDEX session_member ON session (member_id) WHERE ended_at IS NULL;

CREATE TABLE api_key (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
CREATE UNIQUE INDEX api_key_member ON api_key (member_id) WHERE ended_at IS NULL;

CREATE TABLE passkey (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    credential_id BYTEA NOT NULL,
    credential TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT 'Passkey',
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX passkey_credential ON passkey (credential_id) WHERE ended_at IS NULL;
CREATE INDEX passkey_member ON passkey (member_id);

CREATE TABLE invite (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX invite_hash ON invite (hash);

-- One browser's unfinished sign-in: what was asked of whom, and where to go afterwards.
CREATE TABLE sign_in_attempt (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    hash BYTEA NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE UNIQUE INDEX sign_in_attempt_hash ON sign_in_attempt (hash);
CREATE INDEX sign_in_attempt_expires ON sign_in_attempt (expires_at);

CREATE TABLE account (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    app_name TEXT,
    login_url TEXT,
    username TEXT NOT NULL,
    search_key TEXT NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    password BYTEA,
    password_version BIGINT NOT NULL DEFAULT 0,
    totp BYTEA,
    totp_version BIGINT NOT NULL DEFAULT 0,
    notes BYTEA,
    notes_version BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID NOT NULL,
    updated_at BIGINT NOT NULL,
    disabled_at BIGINT,
    deleted_at BIGINT,
    deleted_by UUID
);
CREATE INDEX account_workspace ON account (workspace_id, id) WHERE deleted_at IS NULL;

CREATE TABLE team (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID REFERENCES directory (id),
    external_id TEXT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    deleted_by UUID
);
CREATE UNIQUE INDEX team_name ON team (workspace_id, name_key) WHERE deleted_at IS NULL AND directory_id IS NULL;
CREATE UNIQUE INDEX team_directory_name ON team (directory_id, name_key) WHERE deleted_at IS NULL AND directory_id IS NOT NULL;
CREATE INDEX team_workspace ON team (workspace_id, id) WHERE deleted_at IS NULL;

CREATE TABLE team_membership (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    team_id UUID NOT NULL REFERENCES team (id),
    member_id UUID NOT NULL REFERENCES member (id),
    role TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by UUID,
    ended_at BIGINT,
    ended_by UUID
);
CREATE UNIQUE INDEX team_membership_current ON team_membership (team_id, member_id) WHERE ended_at IS NULL;
CREATE INDEX team_membership_member ON team_membership (member_id, team_id) WHERE ended_at IS NULL;
CREATE INDEX team_membership_history ON team_membership (team_id, started_at);

CREATE TABLE collection (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    parent_id UUID REFERENCES collection (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID NOT NULL,
    deleted_at BIGINT,
    deleted_by UUID
);
CREATE INDEX collection_workspace ON collection (workspace_id, id) WHERE deleted_at IS NULL;

-- Every collection with each of its ancestors, itself included (depth 0); closed like a share, so that the past can be asked.
CREATE TABLE collection_path (
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    ancestor_id UUID NOT NULL REFERENCES collection (id),
    descendant_id UUID NOT NULL REFERENCES collection (id),
    depth BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX collection_path_current ON collection_path (descendant_id, ancestor_id) WHERE ended_at IS NULL;
CREATE INDEX collection_path_down ON collection_path (ancestor_id, descendant_id) WHERE ended_at IS NULL;

CREATE TABLE collection_item (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    collection_id UUID NOT NULL REFERENCES collection (id),
    account_id UUID NOT NULL REFERENCES account (id),
    started_at BIGINT NOT NULL,
    started_by UUID,
    ended_at BIGINT,
    ended_by UUID
);
CREATE UNIQUE INDEX collection_item_current ON collection_item (account_id, collection_id) WHERE ended_at IS NULL;
CREATE INDEX collection_item_collection ON collection_item (collection_id, account_id) WHERE ended_at IS NULL;

CREATE TABLE share (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    account_id UUID REFERENCES account (id),
    collection_id UUID REFERENCES collection (id),
    member_id UUID REFERENCES member (id),
    team_id UUID REFERENCES team (id),
    role TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    started_by UUID,
    ended_at BIGINT,
    ended_by UUID
);
CREATE UNIQUE INDEX share_account_member ON share (account_id, member_id) WHERE ended_at IS NULL AND account_id IS NOT NULL AND member_id IS NOT NULL;
CREATE UNIQUE INDEX share_account_team ON share (account_id, team_id) WHERE ended_at IS NULL AND account_id IS NOT NULL AND team_id IS NOT NULL;
CREATE UNIQUE INDEX share_collection_member ON share (collection_id, member_id) WHERE ended_at IS NULL AND collection_id IS NOT NULL AND member_id IS NOT NULL;
CREATE UNIQUE INDEX share_collection_team ON share (collection_id, team_id) WHERE ended_at IS NULL AND collection_id IS NOT NULL AND team_id IS NOT NULL;
-- Covering: an access check and a mark read these and never the rows, whatever has ended since.
CREATE INDEX share_account ON share (account_id, member_id, team_id, role, ended_at) WHERE ended_at IS NULL;
CREATE INDEX share_collection ON share (collection_id, member_id, team_id, role, ended_at) WHERE ended_at IS NULL;
CREATE INDEX share_member ON share (member_id, account_id, collection_id, role, ended_at) WHERE ended_at IS NULL;
CREATE INDEX share_team ON share (team_id, account_id, collection_id, role, ended_at) WHERE ended_at IS NULL;
CREATE INDEX share_account_history ON share (account_id, started_at);
CREATE INDEX share_collection_history ON share (collection_id, started_at);

CREATE TABLE activity (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    actor_id UUID,
    actor_kind TEXT NOT NULL,
    event TEXT NOT NULL,
    account_id UUID,
    collection_id UUID,
    team_id UUID,
    member_id UUID,
    detail TEXT NOT NULL
);
CREATE INDEX activity_workspace ON activity (workspace_id, id);
CREATE INDEX activity_account ON activity (account_id, id) WHERE account_id IS NOT NULL;

CREATE TABLE portal (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    domain TEXT NOT NULL,
    org_id TEXT NOT NULL,
    token BYTEA NOT NULL,
    token_version BIGINT NOT NULL,
    data_key_id UUID NOT NULL REFERENCES data_key (id),
    status TEXT NOT NULL,
    status_detail TEXT,
    turned_on_at BIGINT,
    turned_on_by UUID,
    turned_off_at BIGINT,
    turned_off_by UUID,
    lease_holder TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    last_audit_at BIGINT,
    forecast_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX portal_workspace ON portal (workspace_id);

-- "This account is extended": one row per extension, with what Okta last confirmed.
CREATE TABLE tile (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    account_id UUID NOT NULL REFERENCES account (id),
    launch_id BYTEA NOT NULL,
    label TEXT NOT NULL,
    label_key TEXT NOT NULL,
    label_number BIGINT NOT NULL,
    extended_at BIGINT NOT NULL,
    extended_by UUID NOT NULL,
    ended_at BIGINT,
    ended_by UUID,
    gone_at BIGINT,
    phase TEXT NOT NULL,
    confirmed TEXT NOT NULL DEFAULT 'nothing',
    app_id TEXT,
    attempt BIGINT NOT NULL DEFAULT 0,
    sent_at BIGINT,
    scanned_at BIGINT,
    mirror_label TEXT,
    mirror_url TEXT,
    mirror_status TEXT,
    in_flight TEXT,
    marked BIGINT NOT NULL DEFAULT 1,
    settled BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    priority BIGINT NOT NULL,
    refresh BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    synced_at BIGINT,
    notify_member_id UUID,
    problem TEXT,
    problem_detail TEXT,
    problem_request_id TEXT,
    steps_done BIGINT NOT NULL DEFAULT 0,
    steps_total BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tile_launch ON tile (launch_id);
CREATE UNIQUE INDEX tile_account ON tile (portal_id, account_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX tile_label ON tile (portal_id, label_key) WHERE ended_at IS NULL;
CREATE INDEX tile_by_account ON tile (account_id) WHERE gone_at IS NULL;
CREATE INDEX tile_due ON tile (portal_id, priority, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tile_portal ON tile (portal_id, id) WHERE gone_at IS NULL;

CREATE TABLE tile_principal (
    tile_id UUID NOT NULL REFERENCES tile (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (tile_id, kind, external_id)
);
CREATE INDEX tile_principal_external ON tile_principal (external_id);

-- A tile's timeline: each step towards Okta, its cause, result and Okta's request id.
CREATE TABLE tile_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    tile_id UUID NOT NULL REFERENCES tile (id),
    at BIGINT NOT NULL,
    step TEXT NOT NULL,
    result TEXT NOT NULL,
    request_id TEXT,
    detail TEXT
);
CREATE INDEX tile_event_tile ON tile_event (tile_id, id);

CREATE TABLE notification (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    link TEXT,
    seen_at BIGINT
);
CREATE INDEX notification_unseen ON notification (member_id, id) WHERE seen_at IS NULL;
