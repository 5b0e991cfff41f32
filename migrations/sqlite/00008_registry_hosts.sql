-- +goose Up
-- Host objects known to exist at a registry.
CREATE TABLE registry_hosts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    host text NOT NULL CHECK (length(host) <= 255 AND host NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    PRIMARY KEY (registry, host)
) WITHOUT ROWID;
