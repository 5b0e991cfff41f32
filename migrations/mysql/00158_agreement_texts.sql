-- +goose Up
-- The texts of the registration agreement as they were written: one per version and
-- language, for what was accepted under a name never changes. The table agreements
-- holds those that earlier programs kept, made into HTML.
CREATE TABLE agreement_texts (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version varchar(64) NOT NULL,
    language varchar(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    format varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body mediumtext NOT NULL,
    kept_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    UNIQUE KEY ux_agreement_texts_version (version, language)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
