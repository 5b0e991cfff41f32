-- +goose Up
-- How far the comparison with each registry is.
CREATE TABLE sync_progress (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 300 AND after_key NOT GLOB '*[^ -~]*'),
    compared integer NOT NULL CHECK (typeof(compared) = 'integer'),
    skipped integer NOT NULL CHECK (typeof(skipped) = 'integer'),
    different integer NOT NULL CHECK (typeof(different) = 'integer'),
    started_at datetime NOT NULL,
    finished_at datetime NULL,
    PRIMARY KEY (registry)
);
