-- +goose Up
-- One billable wish each.
CREATE TABLE order_lines (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    order_id text NOT NULL CHECK (length(order_id) <= 40 AND order_id NOT GLOB '*[^ -~]*'),
    line_no integer NOT NULL CHECK (typeof(line_no) = 'integer'),
    action text NOT NULL CHECK (length(action) <= 20 AND action NOT GLOB '*[^ -~]*'),
    domain text NOT NULL CHECK (length(domain) <= 255 AND domain NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    price_minor integer NOT NULL CHECK (typeof(price_minor) = 'integer'),
    price_currency text NOT NULL CHECK (length(price_currency) <= 3 AND price_currency NOT GLOB '*[^ -~]*'),
    cost_minor integer NOT NULL CHECK (typeof(cost_minor) = 'integer'),
    cost_currency text NOT NULL CHECK (length(cost_currency) <= 3 AND cost_currency NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    hold_id text NOT NULL CHECK (length(hold_id) <= 40 AND hold_id NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    failure text NOT NULL CHECK (length(failure) <= 1000),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_order_lines_order_id_line_no ON order_lines (order_id, line_no);
