-- Somebody leaves: what it closed, what is to be rotated after it, and what a return may bring back
-- (docs/decisions/0015-departures.md).

-- Many departures within an hour: admins are told, and one step restores all who are active again.
CREATE TABLE departure_wave (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    began_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX departure_wave_workspace ON departure_wave (workspace_id, id);

-- source: who reported it, as in activity.actor_kind. role, external_id: what they had; under another id it is somebody
-- else who returns, and nothing is theirs.
-- asked_at: since when their return waits for somebody's word about what they had.
CREATE TABLE departure (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    at BIGINT NOT NULL,
    reported_by UUID,
    source TEXT NOT NULL,
    role TEXT NOT NULL,
    external_id TEXT,
    wave_id UUID REFERENCES departure_wave (id),
    asked_at BIGINT,
    decided_at BIGINT,
    decided_by UUID,
    decision TEXT
);
CREATE INDEX departure_member ON departure (member_id, id);
CREATE INDEX departure_recent ON departure (workspace_id, at);
CREATE INDEX departure_of_wave ON departure (wave_id, id) WHERE wave_id IS NOT NULL;
CREATE INDEX departure_asked ON departure (workspace_id, id) WHERE asked_at IS NOT NULL AND decided_at IS NULL;

-- What a departure closed, and nobody else: a return brings back exactly these.
ALTER TABLE share ADD COLUMN departure_id UUID;
CREATE INDEX share_departure ON share (departure_id) WHERE departure_id IS NOT NULL;
ALTER TABLE team_membership ADD COLUMN departure_id UUID;
CREATE INDEX team_membership_departure ON team_membership (departure_id) WHERE departure_id IS NOT NULL;

-- What was decided about one of them. closed_id: the share or the membership.
CREATE TABLE restoration (
    departure_id UUID NOT NULL REFERENCES departure (id),
    closed_id UUID NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    decision TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    decided_by UUID,
    PRIMARY KEY (departure_id, closed_id)
);

-- What a leaver could use, by which shares: their teams and collections are the shares' own.
CREATE TABLE rotation_path (
    departure_id UUID NOT NULL REFERENCES departure (id),
    account_id UUID NOT NULL REFERENCES account (id),
    share_id UUID NOT NULL REFERENCES share (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (departure_id, account_id, share_id)
);

-- One account whose password somebody knew, or could have known, who left. priority: 0 where they used or saw it.
-- done_how: `marked` by a person, `changed` with the password, `returned` with the access.
CREATE TABLE rotation (
    departure_id UUID NOT NULL REFERENCES departure (id),
    account_id UUID NOT NULL REFERENCES account (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    member_id UUID NOT NULL REFERENCES member (id),
    role TEXT NOT NULL,
    launched_at BIGINT,
    revealed_at BIGINT,
    priority BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    sessions_ended_at BIGINT,
    sessions_ended_by UUID,
    done_at BIGINT,
    done_by UUID,
    done_how TEXT,
    PRIMARY KEY (departure_id, account_id)
);
CREATE INDEX rotation_open ON rotation (workspace_id, priority, due_at, account_id, departure_id) WHERE done_at IS NULL;
CREATE INDEX rotation_done ON rotation (workspace_id, done_at, account_id, departure_id) WHERE done_at IS NOT NULL;
CREATE INDEX rotation_account ON rotation (account_id);
CREATE INDEX rotation_member ON rotation (member_id);

-- Who used what, for the day on which they leave: only these events, so that other changes write one index less.
CREATE INDEX activity_use ON activity (actor_id, account_id, at)
    WHERE event IN ('account.launched', 'account.password_revealed');

-- Days until a password that a leaver used is due, until one that they only could have used is, and within which a
-- return may bring back what they had; none where it never does.
ALTER TABLE workspace ADD COLUMN rotate_used_days BIGINT NOT NULL DEFAULT 7;
ALTER TABLE workspace ADD COLUMN rotate_unused_days BIGINT NOT NULL DEFAULT 30;
ALTER TABLE workspace ADD COLUMN restore_days BIGINT;

-- Who suspended a member: `admin` or `directory`. A directory lifts only what a directory has reported.
ALTER TABLE member ADD COLUMN suspended_source TEXT;
ALTER TABLE member ADD COLUMN suspended_by UUID;
UPDATE member SET suspended_source = 'admin' WHERE suspended_at IS NOT NULL;
