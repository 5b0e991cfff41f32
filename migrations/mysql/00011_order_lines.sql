-- +goose Up
-- One billable wish each.
CREATE TABLE order_lines (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    line_no int NOT NULL,
    action varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    price_minor bigint NOT NULL,
    price_currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hold_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    failure varchar(1000) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_order_lines_order_id_line_no (order_id, line_no)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
