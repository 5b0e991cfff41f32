-- +goose Up
-- One row per event and endpoint: the outgoing queue of webhooks and its log.
CREATE TABLE event_deliveries (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    endpoint_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at bigint NOT NULL,
    last_status int NOT NULL,
    last_error varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    queued_at datetime(6) NOT NULL,
    finished_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_event_deliveries_endpoint_id_event_id (endpoint_id, event_id),
    KEY ix_event_deliveries_state_endpoint_id_due_at_id (state, endpoint_id, due_at, id),
    KEY ix_event_deliveries_endpoint_id_id (endpoint_id, id),
    KEY ix_event_deliveries_endpoint_id_state_id (endpoint_id, state, id),
    KEY ix_event_deliveries_state_id (state, id),
    KEY ix_event_deliveries_queued_at_id (queued_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
