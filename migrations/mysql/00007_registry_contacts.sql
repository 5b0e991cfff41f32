-- +goose Up
-- Which contact version is which object at a registry.
CREATE TABLE registry_contacts (
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    handle varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    created tinyint NOT NULL,
    PRIMARY KEY (registry, handle),
    UNIQUE KEY uq_registry_contacts_registry_contact_id_version (registry, contact_id, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
