-- +goose Up
-- How far the reconciliation after a restore is at each registry; the times say when a part was done.
CREATE TABLE restore_progress (
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    commands_total integer NOT NULL CHECK (typeof(commands_total) = 'integer'),
    commands_checked integer NOT NULL CHECK (typeof(commands_checked) = 'integer'),
    commands_at datetime NULL,
    domains_total integer NOT NULL CHECK (typeof(domains_total) = 'integer'),
    domains_checked integer NOT NULL CHECK (typeof(domains_checked) = 'integer'),
    domains_after text NOT NULL CHECK (length(domains_after) <= 300 AND domains_after NOT GLOB '*[^ -~]*'),
    domains_at datetime NULL,
    names_total integer NOT NULL CHECK (typeof(names_total) = 'integer'),
    names_checked integer NOT NULL CHECK (typeof(names_checked) = 'integer'),
    names_at datetime NULL,
    PRIMARY KEY (restore_id, registry)
);
