-- +goose Up
-- What a queued mail must not show at rest: sealed, put in at hand-over, then erased.
CREATE TABLE mail_secrets (
    mail_id text NOT NULL CHECK (length(mail_id) <= 40 AND mail_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 500 AND sealed NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (mail_id)
);
