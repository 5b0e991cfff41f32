-- +goose Up
-- When the name ceased to be ours, by our clock; NULL while it lives.
ALTER TABLE domains ADD COLUMN ended_at datetime NULL;
