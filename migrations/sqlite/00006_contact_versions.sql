-- +goose Up
-- Immutable states of contacts.
CREATE TABLE contact_versions (
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    organization text NOT NULL CHECK (length(organization) <= 255),
    street text NOT NULL,
    city text NOT NULL CHECK (length(city) <= 255),
    state text NOT NULL CHECK (length(state) <= 255),
    postal_code text NOT NULL CHECK (length(postal_code) <= 16),
    country_code text NOT NULL CHECK (length(country_code) <= 2 AND country_code NOT GLOB '*[^ -~]*'),
    phone text NOT NULL CHECK (length(phone) <= 20 AND phone NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    created_at datetime NOT NULL,
    PRIMARY KEY (contact_id, version)
);
