-- What people and admins see of automated logins, and how recent and strong a sign-in an account asks for.

-- Tries that were refused are few: found by whose they are, without reading everything else that somebody did.
CREATE INDEX activity_launch_refused_actor ON activity (actor_id, id) WHERE event = 'account.launch_refused';
CREATE INDEX activity_launch_refused_account ON activity (account_id, id) WHERE event = 'account.launch_refused';

-- acr: how strong the identity provider says that the sign-in was (OpenID Connect Core, section 2); none for a passkey.
ALTER TABLE session ADD COLUMN acr TEXT;

-- A launch asks for a sign-in that is at most so old, and of one of these classes, separated by spaces; NULL asks nothing.
ALTER TABLE account ADD COLUMN step_up_minutes BIGINT;
ALTER TABLE account ADD COLUMN step_up_acr TEXT;
