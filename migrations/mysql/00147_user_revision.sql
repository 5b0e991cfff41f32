-- +goose Up
-- Counts changes of staff, so that two of them can't pass each other.
ALTER TABLE users ADD COLUMN revision bigint NOT NULL DEFAULT 0;
