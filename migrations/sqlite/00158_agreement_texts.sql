-- +goose Up
-- The texts of the registration agreement as they were written: one per version and
-- language, for what was accepted under a name never changes. The table agreements
-- holds those that earlier programs kept, made into HTML.
CREATE TABLE agreement_texts (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 64),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    format text NOT NULL CHECK (length(format) <= 16 AND format NOT GLOB '*[^ -~]*'),
    body text NOT NULL,
    kept_at datetime NOT NULL,
    PRIMARY KEY (digest)
);
CREATE UNIQUE INDEX ux_agreement_texts_version ON agreement_texts (version, language);
