-- The people of one or more tiles, kept together as a group in the portal (docs/decisions/0008). An audience is known by
-- its sources, the members and teams that hold the accounts; who they are is computed when the group is brought up to date.
CREATE TABLE audience (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    portal_id UUID NOT NULL REFERENCES portal (id),
    sources_hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    phase TEXT NOT NULL DEFAULT 'new',
    confirmed TEXT NOT NULL DEFAULT 'kept',
    group_id TEXT,
    sent_at BIGINT,
    mirror_name TEXT,
    mirror_description TEXT,
    marked BIGINT NOT NULL DEFAULT 1,
    settled BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    priority BIGINT NOT NULL,
    refresh BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    problem_detail TEXT,
    problem_request_id TEXT,
    created_at BIGINT NOT NULL,
    synced_at BIGINT,
    idle_since BIGINT,
    gone_at BIGINT
);
CREATE UNIQUE INDEX audience_sources ON audience (portal_id, sources_hash) WHERE gone_at IS NULL;
CREATE UNIQUE INDEX audience_group ON audience (portal_id, group_id) WHERE gone_at IS NULL;
CREATE INDEX audience_idle ON audience (portal_id, idle_since) WHERE idle_since IS NOT NULL AND gone_at IS NULL;
CREATE INDEX audience_due ON audience (portal_id, priority, due_at) WHERE due_at IS NOT NULL;

-- The members and teams of an audience: a change of one of them is found by index.
CREATE TABLE audience_source (
    audience_id UUID NOT NULL REFERENCES audience (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    source_id UUID NOT NULL,
    PRIMARY KEY (audience_id, kind, source_id)
);
CREATE INDEX audience_source_of ON audience_source (source_id, audience_id);

-- Whom the portal has last confirmed as a member of the group.
CREATE TABLE audience_member (
    audience_id UUID NOT NULL REFERENCES audience (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    external_id TEXT NOT NULL,
    PRIMARY KEY (audience_id, external_id)
);

-- An audience's timeline, like a tile's.
CREATE TABLE audience_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    audience_id UUID NOT NULL REFERENCES audience (id),
    at BIGINT NOT NULL,
    step TEXT NOT NULL,
    result TEXT NOT NULL,
    request_id TEXT,
    detail TEXT
);
CREATE INDEX audience_event_audience ON audience_event (audience_id, id);

ALTER TABLE tile ADD COLUMN audience_id UUID REFERENCES audience (id);
CREATE INDEX tile_audience ON tile (audience_id, id) WHERE audience_id IS NOT NULL AND gone_at IS NULL;

-- `individual` or `audience`: how people come to see the tiles.
ALTER TABLE portal ADD COLUMN strategy TEXT NOT NULL DEFAULT 'individual';
ALTER TABLE portal ADD COLUMN strategy_set_at BIGINT;
ALTER TABLE portal ADD COLUMN strategy_set_by UUID;
