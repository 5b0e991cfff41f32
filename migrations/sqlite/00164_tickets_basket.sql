-- +goose Up
-- What a visitor had chosen who asked for an account: the link in the mail may be opened elsewhere.
ALTER TABLE tickets ADD COLUMN basket text NOT NULL DEFAULT '' CHECK (length(basket) <= 40 AND basket NOT GLOB '*[^ -~]*');
