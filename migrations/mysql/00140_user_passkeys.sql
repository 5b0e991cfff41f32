-- +goose Up
-- Passkeys (WebAuthn credential records). credential and public_key are base64url; digest is the
-- SHA-256 of the credential id, by which a sign-in without a name finds it.
CREATE TABLE user_passkeys (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    credential varchar(1400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_key varchar(4000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sign_count bigint NOT NULL,
    transports text NOT NULL,
    backup_eligible tinyint NOT NULL,
    backed_up tinyint NOT NULL,
    name varchar(100) NOT NULL,
    created_at datetime(6) NOT NULL,
    last_used_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_user_passkeys_digest (digest),
    KEY ix_user_passkeys_user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
