-- +goose Up
-- Customers of whom nothing may be purged, whatever its age: a dispute, an order of a court or an authority.
CREATE TABLE legal_holds (
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    set_by varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    set_at datetime(6) NOT NULL,
    PRIMARY KEY (customer_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
