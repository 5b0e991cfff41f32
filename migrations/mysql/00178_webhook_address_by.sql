-- +goose Up
-- The user who chose the address; '' means whoever made the webhook, for rows of before.
ALTER TABLE webhook_endpoints ADD COLUMN address_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
