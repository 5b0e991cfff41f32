-- +goose Up
-- Which contacts a name has, by role, registrant included: where a contact is used.
CREATE TABLE domain_contacts (
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (domain_id, role),
    KEY ix_domain_contacts_contact_id_domain_id_role (contact_id, domain_id, role)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
