-- +goose Up
-- Names; live_name equals name while the row is pending_create or active, else NULL: one live row
-- per name.
CREATE TABLE domains (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    uname text NOT NULL CHECK (length(uname) <= 255),
    tld text NOT NULL CHECK (length(tld) <= 255 AND tld NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    owner_system text NOT NULL CHECK (length(owner_system) <= 63 AND owner_system NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    roid text NOT NULL CHECK (length(roid) <= 89),
    registrant_id text NOT NULL CHECK (length(registrant_id) <= 40 AND registrant_id NOT GLOB '*[^ -~]*'),
    registrant_version integer NOT NULL CHECK (typeof(registrant_version) = 'integer'),
    name_servers text NOT NULL,
    statuses text NOT NULL,
    created_at datetime NULL,
    expires_at datetime NULL,
    expires_raw text NOT NULL CHECK (length(expires_raw) <= 64 AND expires_raw NOT GLOB '*[^ -~]*'),
    changed_at datetime NULL,
    ordered_at datetime NOT NULL,
    needs_info integer NOT NULL CHECK (needs_info IN (0, 1)),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    live_name text NULL CHECK (length(live_name) <= 255 AND live_name NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_domains_live_name ON domains (live_name);
CREATE INDEX ix_domains_customer_id_state_name_id ON domains (customer_id, state, name, id);
CREATE INDEX ix_domains_registry_state_name_id ON domains (registry, state, name, id);
CREATE INDEX ix_domains_state_name_id ON domains (state, name, id);
CREATE INDEX ix_domains_registry_needs_info_id ON domains (registry, needs_info, id);
