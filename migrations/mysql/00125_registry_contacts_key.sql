-- +goose Up
-- A contact may have several objects at a registry, which come to hold the same version.
ALTER TABLE registry_contacts
    DROP KEY uq_registry_contacts_registry_contact_id_version,
    ADD KEY ix_registry_contacts_contact_id_registry_version (contact_id, registry, version);
