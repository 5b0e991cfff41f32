-- +goose Up
-- Which contacts a name has or ever had, in any role: for as long as the name lives nobody of them
-- becomes unknown.
CREATE TABLE domain_contact_history (
    contact_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (contact_id, domain_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
