-- +goose Up
-- Which contact version is which object at a registry.
CREATE TABLE registry_contacts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    handle text NOT NULL CHECK (length(handle) <= 16 AND handle NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    created integer NOT NULL CHECK (created IN (0, 1)),
    PRIMARY KEY (registry, handle)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_registry_contacts_registry_contact_id_version ON registry_contacts (registry, contact_id, version);
