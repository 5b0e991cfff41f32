-- +goose Up
-- Networks (CIDR) from which a token may be used, as a JSON list; NULL = anywhere.
ALTER TABLE api_tokens ADD COLUMN networks text NULL;
