-- Limits of what one launch, one session and one person get (docs/automated-login.md).

-- enrolled: 1 where a browser was enrolled with the ticket before it, so that this one enrols none.
ALTER TABLE login_ticket ADD COLUMN enrolled BIGINT NOT NULL DEFAULT 0;
CREATE INDEX login_ticket_session ON login_ticket (session_id, created_at) WHERE used_at IS NULL;

-- launched_at: when the first grant of the launch was given; NULL for that one itself.
ALTER TABLE login_grant ADD COLUMN launched_at BIGINT;

-- An unusual number counts copies as well, so that what was told is noted with the device, not with a grant.
DROP INDEX login_grant_alerted;
ALTER TABLE login_grant DROP COLUMN alerted_at;
ALTER TABLE device ADD COLUMN alerted_at BIGINT;
CREATE INDEX device_alerted ON device (member_id, alerted_at) WHERE alerted_at IS NOT NULL;
CREATE INDEX device_created ON device (member_id, created_at);
CREATE INDEX activity_copied ON activity (actor_id, at)
    WHERE event IN ('account.password_revealed', 'account.code_revealed');
