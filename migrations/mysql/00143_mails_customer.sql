-- +goose Up
-- Whose customer's user a mail went to; '' for staff and for others who wrote or were written to through us.
ALTER TABLE mails ADD COLUMN customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', ADD KEY ix_mails_customer_id_id (customer_id, id);
