-- +goose Up
-- Words of customer names and user addresses, folded: the search index of the customer list.
CREATE TABLE customer_terms (
    term text NOT NULL CHECK (length(term) <= 64),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (term, customer_id)
) WITHOUT ROWID;
CREATE INDEX ix_customer_terms_customer_id ON customer_terms (customer_id);
