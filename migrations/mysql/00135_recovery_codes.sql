-- +goose Up
-- Recovery codes, by the SHA-256 of user and code.
CREATE TABLE recovery_codes (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    used_at datetime(6) NULL,
    PRIMARY KEY (digest),
    KEY ix_recovery_codes_user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
