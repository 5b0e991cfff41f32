-- +goose Up
-- Authenticator apps; the seed is sealed for "user_totp.sealed/<user_id>".
CREATE TABLE user_totp (
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 500 AND sealed NOT GLOB '*[^ -~]*'),
    last_step integer NOT NULL,
    created_at datetime NOT NULL,
    confirmed_at datetime NULL,
    PRIMARY KEY (user_id)
);
