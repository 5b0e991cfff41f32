-- +goose Up
-- Staff who act for a customer's user: id is that of the user_sessions row.
CREATE TABLE impersonations (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    staff_id text NOT NULL CHECK (length(staff_id) <= 40 AND staff_id NOT GLOB '*[^ -~]*'),
    staff_session text NOT NULL CHECK (length(staff_session) <= 40 AND staff_session NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    started_at datetime NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_impersonations_customer_id_id ON impersonations (customer_id, id);
CREATE INDEX ix_impersonations_started_at ON impersonations (started_at);
