-- +goose Up
-- Contacts made by imports, by a digest of the data: the same holder in many rows is one contact.
CREATE TABLE import_contacts (
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (customer_id, digest)
);
