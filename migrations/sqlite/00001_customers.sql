-- +goose Up
-- The accounts that pay.
CREATE TABLE customers (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    PRIMARY KEY (id)
);
