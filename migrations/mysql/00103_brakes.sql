-- +goose Up
-- Mass runs that stopped for release by staff; engaged_key equals policy until then, else NULL: one
-- engaged brake per policy.
CREATE TABLE brakes (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    policy varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    notices int NOT NULL,
    names int NOT NULL,
    pass_limit int NOT NULL,
    engaged_at datetime(6) NOT NULL,
    released_at datetime(6) NULL,
    released_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    engaged_key varchar(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_brakes_engaged_key (engaged_key),
    KEY ix_brakes_policy_released_at (policy, released_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
