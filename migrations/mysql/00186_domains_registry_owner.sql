-- +goose Up
-- Whether names of a registry are kept by another owner system.
CREATE INDEX ix_domains_registry_owner_system_state ON domains (registry, owner_system, state);
