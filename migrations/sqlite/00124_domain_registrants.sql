-- +goose Up
-- Until now all roles of a name were its registrant's.
INSERT INTO domain_contacts (domain_id, role, contact_id)
    SELECT id, 'registrant', registrant_id FROM domains WHERE registrant_id <> '';
