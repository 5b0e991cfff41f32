-- +goose Up
-- What each try to deliver an event met; answer holds the first bytes of the body.
CREATE TABLE delivery_attempts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    delivery_id text NOT NULL CHECK (length(delivery_id) <= 40 AND delivery_id NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    duration_us integer NOT NULL,
    status integer NOT NULL,
    error text NOT NULL CHECK (length(error) <= 20 AND error NOT GLOB '*[^ -~]*'),
    note text NOT NULL CHECK (length(note) <= 255),
    answer text NOT NULL CHECK (length(answer) <= 1000),
    PRIMARY KEY (id)
);
CREATE INDEX ix_delivery_attempts_delivery_id_id ON delivery_attempts (delivery_id, id);
