-- +goose Up
-- Acts that take two members of staff. pending_key is NULL once decided: the same can't be asked for twice at once.
CREATE TABLE approvals (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    wish text NOT NULL,
    reason varchar(500) NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    pending_key varchar(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    asked_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    decided_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    decided_at datetime(6) NULL,
    decision varchar(500) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_approvals_pending_key (pending_key),
    KEY ix_approvals_subject_id_id (subject_id, id),
    KEY ix_approvals_state_id (state, id),
    KEY ix_approvals_state_expires_at (state, expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
