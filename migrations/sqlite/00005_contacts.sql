-- +goose Up
-- One row per contact; version is the latest one.
CREATE TABLE contacts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    created_at datetime NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX ix_contacts_customer_id_id ON contacts (customer_id, id);
