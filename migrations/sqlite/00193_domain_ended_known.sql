-- +goose Up
-- Names that have ended: not later than by the last thing in their trail.
UPDATE domains SET ended_at = MAX(ordered_at, COALESCE(changed_at, ordered_at), COALESCE((SELECT MAX(e.occurred_at) FROM audit_events AS e
    WHERE e.object_kind = 'domain' AND e.object_id = domains.id), ordered_at))
WHERE state IN ('deleted', 'transferred', 'failed');
