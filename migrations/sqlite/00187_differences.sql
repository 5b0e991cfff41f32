-- +goose Up
-- Where a registry and we disagree about a name; open_key is NULL once it is over: one standing row per name and kind.
CREATE TABLE differences (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    open_key text NULL CHECK (length(open_key) <= 64 AND open_key NOT GLOB '*[^ -~]*'),
    ours text NOT NULL,
    theirs text NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    found_at datetime NOT NULL,
    seen_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    note text NOT NULL CHECK (length(note) <= 500),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_differences_open_key ON differences (open_key);
CREATE INDEX ix_differences_state_id ON differences (state, id);
CREATE INDEX ix_differences_registry_state_id ON differences (registry, state, id);
CREATE INDEX ix_differences_name ON differences (name);
