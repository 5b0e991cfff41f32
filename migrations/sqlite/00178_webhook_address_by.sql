-- +goose Up
-- The user who chose the address; '' means whoever made the webhook, for rows of before.
ALTER TABLE webhook_endpoints ADD COLUMN address_by text NOT NULL DEFAULT '' CHECK (length(address_by) <= 40 AND address_by NOT GLOB '*[^ -~]*');
