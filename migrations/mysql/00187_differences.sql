-- +goose Up
-- Where a registry and we disagree about a name; open_key is NULL once it is over: one standing row per name and kind.
CREATE TABLE differences (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    open_key varchar(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    found_at datetime(6) NOT NULL,
    seen_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    ended_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    note varchar(500) NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_differences_open_key (open_key),
    KEY ix_differences_state_id (state, id),
    KEY ix_differences_registry_state_id (registry, state, id),
    KEY ix_differences_name (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
