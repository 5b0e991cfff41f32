-- +goose Up
-- Web sessions, by the SHA-256 of their token.
CREATE TABLE sessions (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    data mediumblob NOT NULL,
    expires_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    KEY ix_sessions_expires_at (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
