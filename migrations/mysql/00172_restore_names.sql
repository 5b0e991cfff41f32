-- +goose Up
-- Names that a registry is said to list as ours: what the backup does not know is looked for here.
CREATE TABLE restore_names (
    restore_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    checked tinyint NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (restore_id, name),
    KEY ix_restore_names_restore_id_registry_checked_name (restore_id, registry, checked, name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
