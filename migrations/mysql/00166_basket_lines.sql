-- +goose Up
-- Names that somebody wants to register; basket is a customer's id, or that of a visitor who is not signed in.
CREATE TABLE basket_lines (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    basket varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name_servers text NOT NULL,
    price_minor bigint NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quoted_at datetime(6) NOT NULL,
    changed_at datetime(6) NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ux_basket_lines_basket_name (basket, name),
    KEY ix_basket_lines_changed_at (changed_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
