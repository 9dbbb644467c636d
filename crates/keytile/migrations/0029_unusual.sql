-- When the admins were told of an unusual number of logins, copies and passwords seen by a person (T23). A page and a key of the
-- API have no device, so that it stands with the person.
ALTER TABLE member ADD COLUMN unusual_told_at BIGINT;
UPDATE member SET unusual_told_at = (SELECT MAX(d.alerted_at) FROM device d WHERE d.member_id = member.id);
DROP INDEX device_alerted;
ALTER TABLE device DROP COLUMN alerted_at;
