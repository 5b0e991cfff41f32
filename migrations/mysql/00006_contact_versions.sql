-- +goose Up
-- Immutable states of contacts.
CREATE TABLE contact_versions (
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) NOT NULL,
    organization varchar(255) NOT NULL,
    street text NOT NULL,
    city varchar(255) NOT NULL,
    state varchar(255) NOT NULL,
    postal_code varchar(16) NOT NULL,
    country_code varchar(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    phone varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email varchar(254) NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (contact_id, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
