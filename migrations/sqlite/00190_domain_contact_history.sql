-- +goose Up
-- Which contacts a name has or ever had, in any role: for as long as the name lives nobody of them
-- becomes unknown.
CREATE TABLE domain_contact_history (
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (contact_id, domain_id)
) WITHOUT ROWID;
