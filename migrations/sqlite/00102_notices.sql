-- +goose Up
-- Policy mails as they were written, with what became of each. Personal data: purged by retention
-- class; the digest in the audit trail stays.
CREATE TABLE notices (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    duty_id text NOT NULL CHECK (length(duty_id) <= 40 AND duty_id NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    mail_id text NOT NULL CHECK (length(mail_id) <= 40 AND mail_id NOT GLOB '*[^ -~]*'),
    to_address text NOT NULL CHECK (length(to_address) <= 254),
    to_name text NOT NULL CHECK (length(to_name) <= 255),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    template text NOT NULL CHECK (length(template) <= 64 AND template NOT GLOB '*[^ -~]*'),
    subject text NOT NULL CHECK (length(subject) <= 998),
    text_body text NOT NULL,
    html_body text NOT NULL,
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    result text NOT NULL,
    queued_at datetime NOT NULL,
    ended_at datetime NULL,
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_notices_duty_id_attempt ON notices (duty_id, attempt);
CREATE UNIQUE INDEX uq_notices_mail_id ON notices (mail_id);
