-- +goose Up
-- Logins; customer_id is empty for staff.
CREATE TABLE users (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    name text NOT NULL CHECK (length(name) <= 255),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    password_hash text NOT NULL CHECK (length(password_hash) <= 255 AND password_hash NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    disabled_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_users_email ON users (email);
CREATE INDEX ix_users_customer_id_id ON users (customer_id, id);
