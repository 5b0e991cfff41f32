-- +goose Up
-- When the account was closed; NULL = it is open.
ALTER TABLE customers ADD COLUMN closed_at datetime NULL;
