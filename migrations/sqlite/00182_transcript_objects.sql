-- +goose Up
-- The objects of EPP exchanges that are about several, as a check of many names is, so that each
-- name finds them. id is the transcript's; registry, verb and code are copies of its own.
CREATE TABLE transcript_objects (
    object text NOT NULL CHECK (length(object) <= 255),
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    verb text NOT NULL CHECK (length(verb) <= 40 AND verb NOT GLOB '*[^ -~]*'),
    code integer NOT NULL CHECK (typeof(code) = 'integer'),
    PRIMARY KEY (object, id)
);
CREATE INDEX ix_transcript_objects_id ON transcript_objects (id);
