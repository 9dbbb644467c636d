-- Whom an admin allows to use passkeys although a directory signs them in: since when, and by whom. Nobody else of a directory
-- may make or use one, the Owner aside; whoever is in none needs no approval.
ALTER TABLE member ADD COLUMN passkey_approved_at BIGINT;
ALTER TABLE member ADD COLUMN passkey_approved_by UUID;
