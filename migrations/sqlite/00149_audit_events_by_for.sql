-- +goose Up
-- The user for whom staff acted, '' for everybody who acts for themselves.
ALTER TABLE audit_events ADD COLUMN by_for text NOT NULL DEFAULT '' CHECK (length(by_for) <= 40 AND by_for NOT GLOB '*[^ -~]*');
