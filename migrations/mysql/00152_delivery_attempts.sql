-- +goose Up
-- What each try to deliver an event met; answer holds the first bytes of the body.
CREATE TABLE delivery_attempts (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    delivery_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    duration_us bigint NOT NULL,
    status int NOT NULL,
    error varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    note varchar(255) NOT NULL,
    answer varchar(1000) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_delivery_attempts_delivery_id_id (delivery_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
