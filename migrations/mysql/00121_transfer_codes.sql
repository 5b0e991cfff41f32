-- +goose Up
-- Transfer codes: sealed while the command that carries one is open, afterwards only until when it
-- is good.
CREATE TABLE transfer_codes (
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    command_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sealed varchar(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at datetime(6) NULL,
    PRIMARY KEY (domain_id),
    KEY ix_transfer_codes_expires_at_domain_id (expires_at, domain_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
