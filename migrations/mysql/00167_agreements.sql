-- +goose Up
-- The texts that people have accepted, by SHA-256, so that each can be shown later.
CREATE TABLE agreements (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version varchar(64) NOT NULL,
    language varchar(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body mediumtext NOT NULL,
    kept_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    KEY ix_agreements_version (version, language, kept_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
