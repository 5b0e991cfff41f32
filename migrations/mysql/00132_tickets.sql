-- +goose Up
-- Codes sent by mail that work once, by their SHA-256: verify, reset, change of address, invitation.
CREATE TABLE tickets (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email varchar(254) NOT NULL,
    role varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    used_at datetime(6) NULL,
    PRIMARY KEY (digest),
    KEY ix_tickets_user_id_kind (user_id, kind),
    KEY ix_tickets_customer_id_kind (customer_id, kind),
    KEY ix_tickets_expires_at (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
