-- +goose Up
-- Authenticator apps; the seed is sealed for "user_totp.sealed/<user_id>".
CREATE TABLE user_totp (
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sealed varchar(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    last_step bigint NOT NULL,
    created_at datetime(6) NOT NULL,
    confirmed_at datetime(6) NULL,
    PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
