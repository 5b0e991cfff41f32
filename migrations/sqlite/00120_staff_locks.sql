-- +goose Up
-- Client statuses that staff have set: only staff may take them away.
CREATE TABLE staff_locks (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    status text NOT NULL CHECK (length(status) <= 40 AND status NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 1000),
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_ip text NOT NULL CHECK (length(by_ip) <= 64 AND by_ip NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    set_at datetime NOT NULL,
    PRIMARY KEY (domain_id, status)
) WITHOUT ROWID;
