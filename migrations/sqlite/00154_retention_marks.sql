-- +goose Up
-- How far the purge by retention class has looked, by rule; '' = it begins at the oldest again.
CREATE TABLE retention_marks (
    rule text NOT NULL CHECK (length(rule) <= 64 AND rule NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 200 AND after_key NOT GLOB '*[^ -~]*'),
    looked_at datetime NOT NULL,
    PRIMARY KEY (rule)
);
