-- +goose Up
-- The endings we sell.
CREATE TABLE tlds (
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    min_years integer NOT NULL CHECK (typeof(min_years) = 'integer'),
    max_years integer NOT NULL CHECK (typeof(max_years) = 'integer'),
    min_name_servers integer NOT NULL CHECK (typeof(min_name_servers) = 'integer'),
    max_name_servers integer NOT NULL CHECK (typeof(max_name_servers) = 'integer'),
    active integer NOT NULL CHECK (active IN (0, 1)),
    PRIMARY KEY (name)
) WITHOUT ROWID;
