-- +goose Up
-- What replicas share about a registry account; probe_at is microseconds by the clock of the
-- database.
CREATE TABLE registry_states (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    no_funds_since datetime NULL,
    probe_at integer NOT NULL CHECK (typeof(probe_at) = 'integer'),
    PRIMARY KEY (registry)
) WITHOUT ROWID;
