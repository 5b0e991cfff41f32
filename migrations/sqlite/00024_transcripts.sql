-- +goose Up
-- Masked EPP exchanges.
CREATE TABLE transcripts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    session_id text NOT NULL CHECK (length(session_id) <= 64 AND session_id NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 64),
    cl_trid text NOT NULL CHECK (length(cl_trid) <= 64),
    sv_trid text NOT NULL CHECK (length(sv_trid) <= 255),
    verb text NOT NULL CHECK (length(verb) <= 40 AND verb NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 255),
    code integer NOT NULL CHECK (typeof(code) = 'integer'),
    error text NOT NULL,
    started_at datetime NOT NULL,
    duration_us integer NOT NULL CHECK (typeof(duration_us) = 'integer'),
    request text NOT NULL,
    response text NOT NULL,
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);
CREATE INDEX ix_transcripts_command_id_id ON transcripts (command_id, id);
CREATE INDEX ix_transcripts_object_id ON transcripts (object, id);
CREATE INDEX ix_transcripts_cl_trid_id ON transcripts (cl_trid, id);
CREATE INDEX ix_transcripts_retention_started_at ON transcripts (retention, started_at);
