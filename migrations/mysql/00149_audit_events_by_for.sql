-- +goose Up
-- The user for whom staff acted, '' for everybody who acts for themselves.
ALTER TABLE audit_events ADD COLUMN by_for varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
