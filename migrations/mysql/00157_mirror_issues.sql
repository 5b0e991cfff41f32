-- +goose Up
-- The worklist of imports: rows of a billing system that are wrong there or could not be taken.
CREATE TABLE mirror_issues (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    system varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    external_id varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    field varchar(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    label varchar(255) NOT NULL,
    raw varchar(1000) NOT NULL,
    object_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    found_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    ended_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_mirror_issues_row (system, object, external_id, kind, field),
    KEY ix_mirror_issues_system_state_id (system, state, id),
    KEY ix_mirror_issues_system_state_kind_id (system, state, kind, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
