-- +goose Up
-- Host objects below names of ours, with their glue.
CREATE TABLE subordinate_hosts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    addresses text NOT NULL,
    created_at datetime NOT NULL,
    changed_at datetime NULL,
    PRIMARY KEY (registry, name)
) WITHOUT ROWID;
CREATE INDEX ix_subordinate_hosts_domain_id_name ON subordinate_hosts (domain_id, name);
