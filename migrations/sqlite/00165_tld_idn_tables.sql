-- +goose Up
-- The characters beyond a to z that names under an ending may have; NULL = none.
ALTER TABLE tlds ADD COLUMN idn_tables text NULL;
