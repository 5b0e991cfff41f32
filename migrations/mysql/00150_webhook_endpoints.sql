-- +goose Up
-- Where events are sent to; customer_id '' means staff's, for the events of all customers. Secrets are sealed for
-- "webhook_endpoints.sealed/<id>" and "webhook_endpoints.previous_sealed/<id>". A removed row waits for its log to be purged.
CREATE TABLE webhook_endpoints (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    url varchar(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    description varchar(255) NOT NULL,
    kinds text NOT NULL,
    sealed varchar(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    previous_sealed varchar(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    previous_until datetime(6) NULL,
    created_kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    off_at datetime(6) NULL,
    off_why varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    removed_at datetime(6) NULL,
    failures int NOT NULL,
    failing_since datetime(6) NULL,
    due_at bigint NOT NULL,
    lease_holder varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lease_token varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (id),
    KEY ix_webhook_endpoints_customer_id_id (customer_id, id),
    KEY ix_webhook_endpoints_removed_at_id (removed_at, id),
    KEY ix_webhook_endpoints_previous_until_id (previous_until, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
