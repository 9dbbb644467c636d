-- An account names its latest record of activity, and each record the one before it about the same account. An index by
-- account put each record onto a page of its own, a fifth of what a change of an account cost; the account's row is near
-- whatever is recorded about it (docs/benchmarks.md).
ALTER TABLE activity ADD COLUMN previous_id UUID;
ALTER TABLE account ADD COLUMN activity_id UUID;
UPDATE activity SET previous_id = (
    SELECT p.id FROM activity p WHERE p.account_id = activity.account_id AND p.id < activity.id ORDER BY p.id DESC LIMIT 1)
WHERE account_id IS NOT NULL;
UPDATE account SET activity_id = (SELECT v.id FROM activity v WHERE v.account_id = account.id ORDER BY v.id DESC LIMIT 1);
DROP INDEX activity_account;
