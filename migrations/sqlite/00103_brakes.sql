-- +goose Up
-- Mass runs that stopped for release by staff; engaged_key equals policy until then, else NULL: one
-- engaged brake per policy.
CREATE TABLE brakes (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    notices integer NOT NULL CHECK (typeof(notices) = 'integer'),
    names integer NOT NULL CHECK (typeof(names) = 'integer'),
    pass_limit integer NOT NULL CHECK (typeof(pass_limit) = 'integer'),
    engaged_at datetime NOT NULL,
    released_at datetime NULL,
    released_by text NOT NULL CHECK (length(released_by) <= 40 AND released_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    engaged_key text NULL CHECK (length(engaged_key) <= 40 AND engaged_key NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_brakes_engaged_key ON brakes (engaged_key);
CREATE INDEX ix_brakes_policy_released_at ON brakes (policy, released_at);
