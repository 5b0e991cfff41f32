-- +goose Up
-- The dated price list; currency is that of the sale.
CREATE TABLE prices (
    tld varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    class varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    valid_from datetime(6) NOT NULL,
    valid_until datetime(6) NULL,
    sale_minor bigint NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (tld, action, class, years, currency, valid_from)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
