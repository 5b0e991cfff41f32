-- +goose Up
-- Balanced bookings; the same fact can not be booked twice.
CREATE TABLE postings (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ref varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    memo varchar(255) NOT NULL,
    booked_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_postings_kind_ref (kind, ref)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
