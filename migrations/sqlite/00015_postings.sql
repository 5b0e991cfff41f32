-- +goose Up
-- Balanced bookings; the same fact can not be booked twice.
CREATE TABLE postings (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    ref text NOT NULL CHECK (length(ref) <= 64 AND ref NOT GLOB '*[^ -~]*'),
    memo text NOT NULL CHECK (length(memo) <= 255),
    booked_at datetime NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_postings_kind_ref ON postings (kind, ref);
