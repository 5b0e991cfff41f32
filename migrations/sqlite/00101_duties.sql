-- +goose Up
-- What a policy asks of us once: one row per subject, policy, stage and cycle. No personal data.
CREATE TABLE duties (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    stage text NOT NULL CHECK (length(stage) <= 40 AND stage NOT GLOB '*[^ -~]*'),
    cycle text NOT NULL CHECK (length(cycle) <= 40 AND cycle NOT GLOB '*[^ -~]*'),
    subject_kind text NOT NULL CHECK (length(subject_kind) <= 20 AND subject_kind NOT GLOB '*[^ -~]*'),
    subject_id text NOT NULL CHECK (length(subject_id) <= 40 AND subject_id NOT GLOB '*[^ -~]*'),
    subject_name text NOT NULL CHECK (length(subject_name) <= 255 AND subject_name NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    why text NOT NULL CHECK (length(why) <= 255),
    opens_at datetime NOT NULL,
    due_at datetime NOT NULL,
    closes_at datetime NOT NULL,
    useful_until datetime NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    act_at datetime NULL,
    tries integer NOT NULL CHECK (typeof(tries) = 'integer'),
    done_at datetime NULL,
    breached_at datetime NULL,
    note text NOT NULL,
    created_at datetime NOT NULL,
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_duties_subject_id_policy_stage_cycle ON duties (subject_id, policy, stage, cycle);
CREATE INDEX ix_duties_policy_state_act_at_id ON duties (policy, state, act_at, id);
CREATE INDEX ix_duties_policy_state_closes_at_id ON duties (policy, state, closes_at, id);
CREATE INDEX ix_duties_policy_state_id ON duties (policy, state, id);
CREATE INDEX ix_duties_subject_id_id ON duties (subject_id, id);
CREATE INDEX ix_duties_subject_name_id ON duties (subject_name, id);
