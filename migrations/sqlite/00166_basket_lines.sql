-- +goose Up
-- Names that somebody wants to register; basket is a customer's id, or that of a visitor who is not signed in.
CREATE TABLE basket_lines (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    basket text NOT NULL CHECK (length(basket) <= 40 AND basket NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    name_servers text NOT NULL,
    price_minor integer NOT NULL CHECK (typeof(price_minor) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    quoted_at datetime NOT NULL,
    changed_at datetime NOT NULL,
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ux_basket_lines_basket_name ON basket_lines (basket, name);
CREATE INDEX ix_basket_lines_changed_at ON basket_lines (changed_at);
