-- +goose Up
-- Who works on what; lease_until is microseconds by the clock of the database.
CREATE TABLE leases (
    name text NOT NULL CHECK (length(name) <= 128 AND name NOT GLOB '*[^ -~]*'),
    holder text NOT NULL CHECK (length(holder) <= 100 AND holder NOT GLOB '*[^ -~]*'),
    token text NOT NULL CHECK (length(token) <= 64 AND token NOT GLOB '*[^ -~]*'),
    lease_until integer NOT NULL CHECK (typeof(lease_until) = 'integer'),
    PRIMARY KEY (name)
) WITHOUT ROWID;
