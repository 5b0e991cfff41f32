-- +goose Up
-- What a billing system says of its customers and domains, cleaned, one row per row there. digest is of
-- what was read last, applied of what the customer or domain here was made from.
CREATE TABLE mirror_rows (
    system varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    external_id varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    standing varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    owner_external varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact_version int NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    applied varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    facts text NOT NULL,
    seen_run varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    gone_at datetime(6) NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (system, kind, external_id),
    KEY ix_mirror_rows_system_kind_name_external_id (system, kind, name, external_id),
    KEY ix_mirror_rows_contact_id (contact_id),
    KEY ix_mirror_rows_object_id (object_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
