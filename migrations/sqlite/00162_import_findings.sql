-- +goose Up
-- What differed in a row of a file that was taken; the same file again tells the same.
CREATE TABLE import_findings (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    line integer NOT NULL CHECK (typeof(line) = 'integer'),
    seq integer NOT NULL CHECK (typeof(seq) = 'integer'),
    column_name text NOT NULL CHECK (length(column_name) <= 64 AND column_name NOT GLOB '*[^ -~]*'),
    code text NOT NULL CHECK (length(code) <= 64 AND code NOT GLOB '*[^ -~]*'),
    detail text NOT NULL CHECK (length(detail) <= 2000),
    PRIMARY KEY (digest, line, seq)
);
