-- +goose Up
-- Host objects below names of ours, with their glue.
CREATE TABLE subordinate_hosts (
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    addresses text NOT NULL,
    created_at datetime(6) NOT NULL,
    changed_at datetime(6) NULL,
    PRIMARY KEY (registry, name),
    KEY ix_subordinate_hosts_domain_id_name (domain_id, name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
