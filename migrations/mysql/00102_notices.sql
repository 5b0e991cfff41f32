-- +goose Up
-- Policy mails as they were written, with what became of each. Personal data: purged by retention
-- class; the digest in the audit trail stays.
CREATE TABLE notices (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    duty_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    mail_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    to_address varchar(254) NOT NULL,
    to_name varchar(255) NOT NULL,
    language varchar(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    template varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject varchar(998) NOT NULL,
    text_body mediumtext NOT NULL,
    html_body mediumtext NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    result text NOT NULL,
    queued_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    retention varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_notices_duty_id_attempt (duty_id, attempt),
    UNIQUE KEY uq_notices_mail_id (mail_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
