-- +goose Up
-- Where a registry and the restored database disagree; held_domain equals domain_id while the finding
-- is open, else NULL: nothing is sent for such a name.
CREATE TABLE restore_findings (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    restore_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    held_domain varchar(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
    command_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    detail varchar(2000) NOT NULL,
    found_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    ended_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_restore_findings_restore_id_object_kind_command_id (restore_id, object, kind, command_id),
    KEY ix_restore_findings_state_id (state, id),
    KEY ix_restore_findings_held_domain (held_domain)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
