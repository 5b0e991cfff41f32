-- +goose Up
-- Customers of whom nothing may be purged, whatever its age: a dispute, an order of a court or an authority.
CREATE TABLE legal_holds (
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    set_by text NOT NULL CHECK (length(set_by) <= 100 AND set_by NOT GLOB '*[^ -~]*'),
    set_at datetime NOT NULL,
    PRIMARY KEY (customer_id)
);
