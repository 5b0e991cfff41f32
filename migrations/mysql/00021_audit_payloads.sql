-- +goose Up
-- The personal part of audit events: purged by retention class, salt included, while the chain
-- still verifies.
CREATE TABLE audit_payloads (
    event_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    retention varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    salt varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    before_json longtext NULL,
    after_json longtext NULL,
    recorded_at datetime(6) NOT NULL,
    PRIMARY KEY (event_id),
    KEY ix_audit_payloads_retention_recorded_at (retention, recorded_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
