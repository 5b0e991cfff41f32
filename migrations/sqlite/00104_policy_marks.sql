-- +goose Up
-- How far each policy has planned its duties.
CREATE TABLE policy_marks (
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    planned_until datetime NOT NULL,
    swept_at datetime NOT NULL,
    PRIMARY KEY (policy)
);
