-- +goose Up
-- When the user proved to read the mail of the address; NULL = not yet.
ALTER TABLE users ADD COLUMN email_verified_at datetime NULL;
