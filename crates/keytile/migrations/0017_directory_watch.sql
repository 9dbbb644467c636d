-- Comparing our members with the directory itself, hourly and when it says that something happened
-- (docs/decisions/0017-watching-the-directory.md).

-- scim_app_*: the app that tells us of people; sign_in_app_id: the one that they sign in through, where it is not named
-- by the client id. check_*: when the next comparison is due, and who asked for one.
ALTER TABLE directory ADD COLUMN scim_app_id TEXT;
ALTER TABLE directory ADD COLUMN scim_app_label TEXT;
ALTER TABLE directory ADD COLUMN sign_in_app_id TEXT;
ALTER TABLE directory ADD COLUMN check_due_at BIGINT;
ALTER TABLE directory ADD COLUMN check_asked_at BIGINT;
-- The last look at all that can fall through, and what it could not read.
ALTER TABLE directory ADD COLUMN health_at BIGINT;
ALTER TABLE directory ADD COLUMN health_people BIGINT NOT NULL DEFAULT 0;
ALTER TABLE directory ADD COLUMN health_note TEXT;
-- Since when an admin is asked whether the suspects have left indeed.
ALTER TABLE directory ADD COLUMN held_at BIGINT;
-- When the directory last refused somebody's sign-in.
ALTER TABLE directory ADD COLUMN denied_at BIGINT;

UPDATE directory SET check_due_at = 0
WHERE EXISTS (SELECT 1 FROM scim_token t WHERE t.directory_id = directory.id AND t.last_used_at IS NOT NULL);

-- cause: `hourly`, `asked` or `hook`. missing: of those removed, how many were only not there or not assigned.
CREATE TABLE directory_run (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    cause TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    calls BIGINT NOT NULL DEFAULT 0,
    people BIGINT NOT NULL DEFAULT 0,
    looks BIGINT NOT NULL DEFAULT 0,
    removed BIGINT NOT NULL DEFAULT 0,
    missing BIGINT NOT NULL DEFAULT 0,
    suspended BIGINT NOT NULL DEFAULT 0,
    resumed BIGINT NOT NULL DEFAULT 0,
    waiting BIGINT NOT NULL DEFAULT 0,
    problem TEXT
);
CREATE INDEX directory_run_directory ON directory_run (directory_id, id);

-- Somebody who is to be looked at, because the directory says that something happened. asked grows with each saying.
CREATE TABLE directory_look (
    directory_id UUID NOT NULL REFERENCES directory (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    external_id TEXT NOT NULL,
    asked BIGINT NOT NULL DEFAULT 1,
    published_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (directory_id, external_id)
);
CREATE INDEX directory_look_due ON directory_look (directory_id, due_at);

-- Somebody who seems to have left with many others at once. approved_at: an admin says that they have.
CREATE TABLE directory_suspect (
    directory_id UUID NOT NULL REFERENCES directory (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    external_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    approved_at BIGINT,
    approved_by UUID,
    PRIMARY KEY (directory_id, external_id)
);

-- What a look at the directory's health found, in the order in which it is told; the one that counts is of
-- directory.health_at.
CREATE TABLE directory_finding (
    directory_id UUID NOT NULL REFERENCES directory (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    found_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    place BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (directory_id, found_at, kind, place)
);
CREATE INDEX directory_finding_person ON directory_finding (directory_id, external_id);
