-- +goose Up
-- Browsers that are signed in. The web session in the browser holds the id; device is a SHA-256.
CREATE TABLE user_sessions (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    door varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    method varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    agent varchar(200) NOT NULL,
    ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    seen_at datetime(6) NOT NULL,
    proved_at datetime(6) NOT NULL,
    ends_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    end_reason varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_user_sessions_user_id_device (user_id, device),
    KEY ix_user_sessions_ends_at (ends_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
