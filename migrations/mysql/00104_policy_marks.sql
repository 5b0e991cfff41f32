-- +goose Up
-- How far each policy has planned its duties.
CREATE TABLE policy_marks (
    policy varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    planned_until datetime(6) NOT NULL,
    swept_at datetime(6) NOT NULL,
    PRIMARY KEY (policy)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
