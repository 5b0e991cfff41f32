-- +goose Up
-- Codes sent by mail that work once, by their SHA-256: verify, reset, change of address, invitation.
CREATE TABLE tickets (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    used_at datetime NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_tickets_user_id_kind ON tickets (user_id, kind);
CREATE INDEX ix_tickets_customer_id_kind ON tickets (customer_id, kind);
CREATE INDEX ix_tickets_expires_at ON tickets (expires_at);
