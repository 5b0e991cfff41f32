-- +goose Up
-- Masked EPP exchanges.
CREATE TABLE transcripts (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    session_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    command_id varchar(64) NOT NULL,
    cl_trid varchar(64) NOT NULL,
    sv_trid varchar(255) NOT NULL,
    verb varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    object varchar(255) NOT NULL,
    code int NOT NULL,
    error text NOT NULL,
    started_at datetime(6) NOT NULL,
    duration_us bigint NOT NULL,
    request mediumtext NOT NULL,
    response mediumtext NOT NULL,
    retention varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_transcripts_command_id_id (command_id, id),
    KEY ix_transcripts_object_id (object, id),
    KEY ix_transcripts_cl_trid_id (cl_trid, id),
    KEY ix_transcripts_retention_started_at (retention, started_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
