-- +goose Up
-- Client statuses that staff have set: only staff may take them away.
CREATE TABLE staff_locks (
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(1000) NOT NULL,
    by_kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    set_at datetime(6) NOT NULL,
    PRIMARY KEY (domain_id, status)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
