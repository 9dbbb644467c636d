-- People whom the portal has ended, as a look at each of them told. What it had confirmed about them counts no more; it stays
-- on record, so that it is read again when they return.
CREATE TABLE away_person (
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    external_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, external_id)
);

CREATE INDEX audience_member_external ON audience_member (external_id);

-- Names of groups are chosen so that no two are alike.
CREATE INDEX audience_name ON audience (portal_id, name) WHERE gone_at IS NULL;
