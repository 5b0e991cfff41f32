-- +goose Up
-- Names; live_name equals name while the row is pending_create or active, else NULL: one live row
-- per name.
CREATE TABLE domains (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    uname varchar(255) NOT NULL,
    tld varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    owner_system varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    roid varchar(89) NOT NULL,
    registrant_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registrant_version int NOT NULL,
    name_servers text NOT NULL,
    statuses text NOT NULL,
    created_at datetime(6) NULL,
    expires_at datetime(6) NULL,
    expires_raw varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    changed_at datetime(6) NULL,
    ordered_at datetime(6) NOT NULL,
    needs_info tinyint NOT NULL,
    revision int NOT NULL,
    live_name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_domains_live_name (live_name),
    KEY ix_domains_customer_id_state_name_id (customer_id, state, name, id),
    KEY ix_domains_registry_state_name_id (registry, state, name, id),
    KEY ix_domains_state_name_id (state, name, id),
    KEY ix_domains_registry_needs_info_id (registry, needs_info, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
