-- +goose Up
-- Messages of registries' queues, stored before they are acknowledged; known_by tells one that comes twice.
CREATE TABLE registry_messages (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id varchar(255) NOT NULL,
    known_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    queued_at datetime(6) NOT NULL,
    received_at datetime(6) NOT NULL,
    text varchar(2000) NOT NULL,
    sv_trid varchar(64) NOT NULL,
    frame mediumblob NOT NULL,
    object varchar(255) NOT NULL,
    kinds varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    events mediumtext NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at datetime(6) NOT NULL,
    note varchar(1000) NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_registry_messages_known_by (known_by),
    KEY ix_registry_messages_registry_id (registry, id),
    KEY ix_registry_messages_registry_state_id (registry, state, id),
    KEY ix_registry_messages_registry_state_due_at_id (registry, state, due_at, id),
    KEY ix_registry_messages_state_id (state, id),
    KEY ix_registry_messages_object_id (object, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
