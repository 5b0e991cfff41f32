-- +goose Up
-- The worklist of imports: rows of a billing system that are wrong there or could not be taken.
CREATE TABLE mirror_issues (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 10 AND object NOT GLOB '*[^ -~]*'),
    external_id text NOT NULL CHECK (length(external_id) <= 320 AND external_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 30 AND kind NOT GLOB '*[^ -~]*'),
    field text NOT NULL CHECK (length(field) <= 30 AND field NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    label text NOT NULL CHECK (length(label) <= 255),
    raw text NOT NULL CHECK (length(raw) <= 1000),
    object_id text NOT NULL CHECK (length(object_id) <= 40 AND object_id NOT GLOB '*[^ -~]*'),
    found_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_mirror_issues_row ON mirror_issues (system, object, external_id, kind, field);
CREATE INDEX ix_mirror_issues_system_state_id ON mirror_issues (system, state, id);
CREATE INDEX ix_mirror_issues_system_state_kind_id ON mirror_issues (system, state, kind, id);
