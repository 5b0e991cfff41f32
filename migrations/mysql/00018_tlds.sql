-- +goose Up
-- The endings we sell.
CREATE TABLE tlds (
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    min_years int NOT NULL,
    max_years int NOT NULL,
    min_name_servers int NOT NULL,
    max_name_servers int NOT NULL,
    active tinyint NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
