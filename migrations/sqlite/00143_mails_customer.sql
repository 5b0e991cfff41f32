-- +goose Up
-- Whose customer's user a mail went to; '' for staff and for others who wrote or were written to through us.
ALTER TABLE mails ADD COLUMN customer_id text NOT NULL DEFAULT '' CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*');
CREATE INDEX ix_mails_customer_id_id ON mails (customer_id, id);
