-- Names of groups are chosen so that no two are alike.
CREATE INDEX audience_name ON audience (portal_id, name) WHERE gone_at IS NULL;
