-- +goose Up
-- Evidence of changes, without personal data. unchained_since (microseconds, clock of the
-- database) is NULL once the event is in the chain.
CREATE TABLE audit_events (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    occurred_at datetime(6) NOT NULL,
    by_kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object_kind varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object_name varchar(255) NOT NULL,
    retention varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payload_digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    unchained_since bigint NULL,
    PRIMARY KEY (id),
    KEY ix_audit_events_object_kind_object_id_id (object_kind, object_id, id),
    KEY ix_audit_events_unchained_since_id (unchained_since, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
