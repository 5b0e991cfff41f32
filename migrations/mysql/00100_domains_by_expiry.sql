-- +goose Up
-- Names by expiry date, for the duties that hang on it.
CREATE INDEX ix_domains_owner_system_state_expires_at_id ON domains (owner_system, state, expires_at, id);
