-- +goose Up
-- Words of customer names and user addresses, folded: the search index of the customer list.
CREATE TABLE customer_terms (
    term varchar(64) NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (term, customer_id),
    KEY ix_customer_terms_customer_id (customer_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
