-- +goose Up
-- Browsers that are signed in. The web session in the browser holds the id; device is a SHA-256.
CREATE TABLE user_sessions (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    door text NOT NULL CHECK (length(door) <= 20 AND door NOT GLOB '*[^ -~]*'),
    method text NOT NULL CHECK (length(method) <= 20 AND method NOT GLOB '*[^ -~]*'),
    device text NOT NULL CHECK (length(device) <= 64 AND device NOT GLOB '*[^ -~]*'),
    agent text NOT NULL CHECK (length(agent) <= 200),
    ip text NOT NULL CHECK (length(ip) <= 64 AND ip NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    seen_at datetime NOT NULL,
    proved_at datetime NOT NULL,
    ends_at datetime NOT NULL,
    ended_at datetime NULL,
    end_reason text NOT NULL CHECK (length(end_reason) <= 20 AND end_reason NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);
CREATE INDEX ix_user_sessions_user_id_device ON user_sessions (user_id, device);
CREATE INDEX ix_user_sessions_ends_at ON user_sessions (ends_at);
