-- +goose Up
-- What a queued mail must not show at rest: sealed, put in at hand-over, then erased.
CREATE TABLE mail_secrets (
    mail_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sealed varchar(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (mail_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
