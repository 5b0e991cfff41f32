-- +goose Up
-- A contact may have several objects at a registry, which come to hold the same version.
DROP INDEX uq_registry_contacts_registry_contact_id_version;
CREATE INDEX ix_registry_contacts_contact_id_registry_version ON registry_contacts (contact_id, registry, version);
