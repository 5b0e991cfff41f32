-- +goose Up
-- Where a line stands in its basket: ids made within one millisecond have no order.
ALTER TABLE basket_lines ADD COLUMN position bigint NOT NULL DEFAULT 0;
