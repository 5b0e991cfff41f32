-- +goose Up
-- Acts that take two members of staff. pending_key is NULL once decided: the same can't be asked for twice at once.
CREATE TABLE approvals (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    subject_id text NOT NULL CHECK (length(subject_id) <= 40 AND subject_id NOT GLOB '*[^ -~]*'),
    wish text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    pending_key text NULL CHECK (length(pending_key) <= 64 AND pending_key NOT GLOB '*[^ -~]*'),
    asked_by text NOT NULL CHECK (length(asked_by) <= 40 AND asked_by NOT GLOB '*[^ -~]*'),
    asked_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    decided_by text NOT NULL CHECK (length(decided_by) <= 40 AND decided_by NOT GLOB '*[^ -~]*'),
    decided_at datetime NULL,
    decision text NOT NULL CHECK (length(decision) <= 500),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_approvals_pending_key ON approvals (pending_key);
CREATE INDEX ix_approvals_subject_id_id ON approvals (subject_id, id);
CREATE INDEX ix_approvals_state_id ON approvals (state, id);
CREATE INDEX ix_approvals_state_expires_at ON approvals (state, expires_at);
