-- +goose Up
-- One row per contact; version is the latest one.
CREATE TABLE contacts (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_contacts_customer_id_id (customer_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
