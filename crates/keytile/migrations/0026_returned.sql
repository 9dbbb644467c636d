-- Since when somebody who had left is here again. A look at the directory may meet a part of it that does not know of that yet
-- (docs/decisions/0017-watching-the-directory.md).
ALTER TABLE member ADD COLUMN returned_at BIGINT;
