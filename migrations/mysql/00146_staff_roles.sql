-- +goose Up
-- Staff have roles of their own: those there so far become owners.
UPDATE users SET role = 'staff_owner' WHERE customer_id = '' AND role = 'staff';
