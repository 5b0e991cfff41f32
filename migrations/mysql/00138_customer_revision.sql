-- +goose Up
-- Counts changes of a customer's users, so that two of them can't pass each other.
ALTER TABLE customers ADD COLUMN revision bigint NOT NULL DEFAULT 0;
