-- +goose Up
-- One index per way of searching transcripts, each in list order.
CREATE INDEX ix_transcripts_sv_trid_id ON transcripts (sv_trid, id);
CREATE INDEX ix_transcripts_registry_id ON transcripts (registry, id);
CREATE INDEX ix_transcripts_registry_verb_id ON transcripts (registry, verb, id);
CREATE INDEX ix_transcripts_registry_code_id ON transcripts (registry, code, id);
CREATE INDEX ix_transcripts_registry_verb_code_id ON transcripts (registry, verb, code, id);
