-- +goose Up
-- One index per way of searching transcripts, each in list order.
ALTER TABLE transcripts
    ADD KEY ix_transcripts_sv_trid_id (sv_trid, id),
    ADD KEY ix_transcripts_registry_id (registry, id),
    ADD KEY ix_transcripts_registry_verb_id (registry, verb, id),
    ADD KEY ix_transcripts_registry_code_id (registry, code, id),
    ADD KEY ix_transcripts_registry_verb_code_id (registry, verb, code, id);
