-- What a SCIM client is, since the large ones differ in what they expect of an answer.
ALTER TABLE directory ADD COLUMN dialect TEXT NOT NULL DEFAULT 'okta';
-- The number of the person who came last.
ALTER TABLE directory ADD COLUMN last_number BIGINT NOT NULL DEFAULT 0;

-- People of a directory are known by their userName. Two of them may have one address, and some have none; nobody who was
-- invited by their address shares it.
DROP INDEX member_email;
CREATE UNIQUE INDEX member_email ON member (workspace_id, email_key) WHERE removed_at IS NULL AND directory_id IS NULL;
CREATE INDEX member_address ON member (workspace_id, email_key) WHERE removed_at IS NULL;

-- `external_id` says who the person is, and is never another's; this one is what the client told last, and reads back.
ALTER TABLE identity ADD COLUMN told_external_id TEXT;
-- In which order people came: lists are in this order.
ALTER TABLE identity ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE identity SET told_external_id = external_id, number = counted.number
FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY directory_id ORDER BY id) AS number FROM identity) AS counted
WHERE counted.id = identity.id;
UPDATE directory SET last_number = COALESCE(
    (SELECT MAX(number) FROM identity WHERE identity.directory_id = directory.id), 0);
CREATE INDEX identity_told ON identity (directory_id, told_external_id)
    WHERE ended_at IS NULL AND told_external_id IS NOT NULL;
CREATE UNIQUE INDEX identity_number ON identity (directory_id, number) WHERE ended_at IS NULL;

-- How many people there are for each 256 numbers, so that the page at any index is found without counting to it.
CREATE TABLE identity_block (
    directory_id UUID NOT NULL REFERENCES directory (id),
    block BIGINT NOT NULL,
    people BIGINT NOT NULL,
    PRIMARY KEY (directory_id, block)
);
INSERT INTO identity_block (directory_id, block, people)
SELECT directory_id, number / 256, COUNT(*) FROM identity WHERE ended_at IS NULL GROUP BY directory_id, number / 256;

-- Every address of a person, not only the one that we write to: of people who are here already this one, until their next
-- change tells the others.
CREATE TABLE identity_address (
    identity_id UUID NOT NULL REFERENCES identity (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    address_key TEXT NOT NULL,
    PRIMARY KEY (identity_id, address_key)
);
CREATE INDEX identity_address_key ON identity_address (directory_id, address_key);
INSERT INTO identity_address (identity_id, directory_id, address_key)
SELECT i.id, i.directory_id, m.email_key FROM identity i JOIN member m ON m.id = i.member_id WHERE i.ended_at IS NULL;

-- What a client calls somebody in a group, which reads back.
ALTER TABLE team_membership ADD COLUMN display TEXT;

-- Its entity tag.
ALTER TABLE team ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What a SCIM client sent lately and what it was answered.
CREATE TABLE scim_request (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    directory_id UUID NOT NULL REFERENCES directory (id),
    at BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    client TEXT NOT NULL,
    body TEXT NOT NULL,
    status BIGINT NOT NULL,
    refusal TEXT,
    micros BIGINT NOT NULL
);
CREATE INDEX scim_request_recent ON scim_request (directory_id, id);
