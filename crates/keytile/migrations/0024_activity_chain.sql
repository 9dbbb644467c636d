-- An account names its latest record of activity, and each record the one before it about the same account
-- (docs/decisions/0023-records-of-an-account.md). Most changes that are recorded write the account's row anyway; an index by account
-- put each record onto a page of its own.
ALTER TABLE activity ADD COLUMN previous_id UUID;
ALTER TABLE account ADD COLUMN activity_id UUID;
UPDATE activity SET previous_id = (
    SELECT p.id FROM activity p WHERE p.account_id = activity.account_id AND p.id < activity.id ORDER BY p.id DESC LIMIT 1)
WHERE account_id IS NOT NULL;
UPDATE account SET activity_id = (SELECT v.id FROM activity v WHERE v.account_id = account.id ORDER BY v.id DESC LIMIT 1);
DROP INDEX activity_account;
