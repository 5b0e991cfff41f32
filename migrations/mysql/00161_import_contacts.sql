-- +goose Up
-- Contacts made by imports, by a digest of the data: the same holder in many rows is one contact.
CREATE TABLE import_contacts (
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (customer_id, digest)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
