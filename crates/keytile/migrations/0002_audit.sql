-- The audit of Okta, what it found, and the safety stop (docs/decisions/0011-what-a-pass-is.md).

-- The audit pass: when the next is due, who asked for one, and what the last one came to.
ALTER TABLE portal ADD COLUMN audit_due_at BIGINT;
ALTER TABLE portal ADD COLUMN audit_asked_at BIGINT;
ALTER TABLE portal ADD COLUMN audit_asked_by UUID;
ALTER TABLE portal ADD COLUMN audit_passes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE portal ADD COLUMN audit_apps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE portal ADD COLUMN audit_looks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE portal ADD COLUMN audit_problem TEXT;
ALTER TABLE portal ADD COLUMN log_cursor TEXT;

-- mirror_updated_at: Okta's own "last updated", unknown after a step of ours; behind_since: when the tile began to differ.
ALTER TABLE tile ADD COLUMN mirror_updated_at BIGINT;
ALTER TABLE tile ADD COLUMN mirror_self_service BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tile ADD COLUMN behind_since BIGINT;
CREATE INDEX tile_behind ON tile (portal_id, behind_since) WHERE behind_since IS NOT NULL AND gone_at IS NULL;
CREATE INDEX tile_app ON tile (portal_id, app_id) WHERE app_id IS NOT NULL;

-- Who removed a member: none where a directory or a process did.
ALTER TABLE member ADD COLUMN removed_by UUID;
CREATE INDEX member_removed ON member (workspace_id, removed_at) WHERE removed_at IS NOT NULL;

-- The safety stop asks how somebody lost an account: by paths that have ended.
CREATE INDEX team_membership_past ON team_membership (member_id, team_id);
CREATE INDEX collection_item_past ON collection_item (account_id);
CREATE INDEX collection_path_past ON collection_path (descendant_id);

-- A difference between what we had and what Okta had. Kept as a report; repaired or decided once.
CREATE TABLE drift (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    tile_id UUID REFERENCES tile (id),
    app_id TEXT NOT NULL,
    app_label TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT,
    ours TEXT,
    theirs TEXT,
    found_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_how TEXT,
    ended_by UUID,
    done_by TEXT,
    done_at BIGINT
);
CREATE INDEX drift_portal ON drift (portal_id, id);
CREATE INDEX drift_open ON drift (tile_id) WHERE ended_at IS NULL;
CREATE INDEX drift_app ON drift (portal_id, app_id);

-- What Okta's System Log told of our apps and was not our doing: who did it, until an audit has looked.
CREATE TABLE portal_change (
    portal_id UUID NOT NULL REFERENCES portal (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    event_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, event_id, app_id)
);
CREATE INDEX portal_change_app ON portal_change (portal_id, app_id, kind);
CREATE INDEX portal_change_at ON portal_change (portal_id, at);

-- An app with our origin that no tile explains: an orphan, a ghost of a removed tile, or a double.
CREATE TABLE stray_app (
    portal_id UUID NOT NULL REFERENCES portal (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    app_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    hidden_at BIGINT,
    due_at BIGINT,
    ended_at BIGINT,
    decision TEXT,
    decided_at BIGINT,
    decided_by UUID,
    problem TEXT,
    PRIMARY KEY (portal_id, app_id)
);
CREATE INDEX stray_app_due ON stray_app (portal_id, due_at) WHERE ended_at IS NULL;

-- What background passes have taken away without being asked: the window of the safety stop.
CREATE TABLE removal (
    portal_id UUID NOT NULL REFERENCES portal (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (portal_id, subject, kind, external_id)
);
CREATE INDEX removal_window ON removal (portal_id, at);

-- A question to the admins: may these be taken away?
CREATE TABLE safety_stop (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    opened_at BIGINT NOT NULL,
    bound BIGINT NOT NULL,
    decision TEXT,
    decided_at BIGINT,
    decided_by UUID
);
CREATE UNIQUE INDEX safety_stop_open ON safety_stop (portal_id) WHERE decided_at IS NULL;
CREATE INDEX safety_stop_workspace ON safety_stop (workspace_id, id);

-- What it is about. subject: a tile's or an app's id; ended: done, or not wanted any more.
CREATE TABLE safety_stop_item (
    stop_id UUID NOT NULL REFERENCES safety_stop (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    tile_id UUID REFERENCES tile (id),
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    label TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    decision TEXT,
    ended_at BIGINT,
    PRIMARY KEY (stop_id, subject, kind, external_id)
);
CREATE INDEX safety_stop_item_subject ON safety_stop_item (subject) WHERE ended_at IS NULL;
CREATE INDEX safety_stop_item_portal ON safety_stop_item (portal_id) WHERE ended_at IS NULL;
CREATE INDEX identity_past ON identity (workspace_id, external_id);
