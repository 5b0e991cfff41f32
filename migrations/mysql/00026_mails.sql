-- +goose Up
-- The outgoing queue; one mail per event and template.
CREATE TABLE mails (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    to_address varchar(254) NOT NULL,
    to_name varchar(255) NOT NULL,
    subject varchar(998) NOT NULL,
    text_body mediumtext NOT NULL,
    html_body mediumtext NOT NULL,
    event_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
    template varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at bigint NOT NULL,
    lease_holder varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lease_token varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    last_error text NOT NULL,
    created_at datetime(6) NOT NULL,
    sent_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_mails_event_id_template (event_id, template),
    KEY ix_mails_state_due_at_id (state, due_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
