-- +goose Up
-- Names that a registry is said to list as ours: what the backup does not know is looked for here.
CREATE TABLE restore_names (
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    checked integer NOT NULL CHECK (checked IN (0, 1)),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (restore_id, name)
);
CREATE INDEX ix_restore_names_restore_id_registry_checked_name ON restore_names (restore_id, registry, checked, name);
