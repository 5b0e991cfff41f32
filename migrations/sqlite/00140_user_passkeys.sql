-- +goose Up
-- Passkeys (WebAuthn credential records). credential and public_key are base64url; digest is the
-- SHA-256 of the credential id, by which a sign-in without a name finds it.
CREATE TABLE user_passkeys (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    credential text NOT NULL CHECK (length(credential) <= 1400 AND credential NOT GLOB '*[^ -~]*'),
    public_key text NOT NULL CHECK (length(public_key) <= 4000 AND public_key NOT GLOB '*[^ -~]*'),
    sign_count integer NOT NULL CHECK (typeof(sign_count) = 'integer'),
    transports text NOT NULL,
    backup_eligible integer NOT NULL CHECK (backup_eligible IN (0, 1)),
    backed_up integer NOT NULL CHECK (backed_up IN (0, 1)),
    name text NOT NULL CHECK (length(name) <= 100),
    created_at datetime NOT NULL,
    last_used_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_user_passkeys_digest ON user_passkeys (digest);
CREATE INDEX ix_user_passkeys_user_id ON user_passkeys (user_id);
