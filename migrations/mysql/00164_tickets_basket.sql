-- +goose Up
-- What a visitor had chosen who asked for an account: the link in the mail may be opened elsewhere.
ALTER TABLE tickets ADD COLUMN basket varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
