-- +goose Up
-- What a billing system says of its customers and domains, cleaned, one row per row there. digest is of
-- what was read last, applied of what the customer or domain here was made from.
CREATE TABLE mirror_rows (
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 10 AND kind NOT GLOB '*[^ -~]*'),
    external_id text NOT NULL CHECK (length(external_id) <= 320 AND external_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    standing text NOT NULL CHECK (length(standing) <= 20 AND standing NOT GLOB '*[^ -~]*'),
    owner_external text NOT NULL CHECK (length(owner_external) <= 64 AND owner_external NOT GLOB '*[^ -~]*'),
    object_id text NOT NULL CHECK (length(object_id) <= 40 AND object_id NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    contact_version integer NOT NULL CHECK (typeof(contact_version) = 'integer'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    applied text NOT NULL CHECK (length(applied) <= 64 AND applied NOT GLOB '*[^ -~]*'),
    facts text NOT NULL,
    seen_run text NOT NULL CHECK (length(seen_run) <= 40 AND seen_run NOT GLOB '*[^ -~]*'),
    gone_at datetime NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (system, kind, external_id)
);
CREATE INDEX ix_mirror_rows_system_kind_name_external_id ON mirror_rows (system, kind, name, external_id);
CREATE INDEX ix_mirror_rows_contact_id ON mirror_rows (contact_id);
CREATE INDEX ix_mirror_rows_object_id ON mirror_rows (object_id);
