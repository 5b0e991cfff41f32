-- +goose Up
-- What differed in a row of a file that was taken; the same file again tells the same.
CREATE TABLE import_findings (
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    line int NOT NULL,
    seq int NOT NULL,
    column_name varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    code varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    detail varchar(2000) NOT NULL,
    PRIMARY KEY (digest, line, seq)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
