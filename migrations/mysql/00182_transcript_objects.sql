-- +goose Up
-- The objects of EPP exchanges that are about several, as a check of many names is, so that each
-- name finds them. id is the transcript's; registry, verb and code are copies of its own.
CREATE TABLE transcript_objects (
    object varchar(255) NOT NULL,
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    verb varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    code int NOT NULL,
    PRIMARY KEY (object, id),
    KEY ix_transcript_objects_id (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
