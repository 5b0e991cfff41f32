-- +goose Up
-- Where a registry and the restored database disagree; held_domain equals domain_id while the finding
-- is open, else NULL: nothing is sent for such a name.
CREATE TABLE restore_findings (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 255 AND object NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    held_domain text NULL CHECK (length(held_domain) <= 40 AND held_domain NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 40 AND command_id NOT GLOB '*[^ -~]*'),
    detail text NOT NULL CHECK (length(detail) <= 2000),
    found_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_restore_findings_restore_id_object_kind_command_id ON restore_findings (restore_id, object, kind, command_id);
CREATE INDEX ix_restore_findings_state_id ON restore_findings (state, id);
CREATE INDEX ix_restore_findings_held_domain ON restore_findings (held_domain);
