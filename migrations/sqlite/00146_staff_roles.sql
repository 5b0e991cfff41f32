-- +goose Up
-- Staff have roles of their own: those there so far become owners. The revision counts changes of
-- the rows, so that two changes of staff can't pass each other.
UPDATE users SET role = 'staff_owner' WHERE customer_id = '' AND role = 'staff';
ALTER TABLE users ADD COLUMN revision bigint NOT NULL DEFAULT 0;
