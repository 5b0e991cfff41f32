-- +goose Up
-- What is known of the time before: the contacts of today, those of the commands that were carried
-- out, and the holders that the trail of the name tells of.
INSERT IGNORE INTO domain_contact_history (contact_id, domain_id) SELECT contact_id, domain_id FROM domain_contacts
UNION ALL SELECT registrant_id, id FROM domains WHERE registrant_id <> ''
UNION ALL SELECT r.contact_id, c.domain_id FROM commands AS c JOIN registry_contacts AS r ON r.registry = c.registry
    AND r.handle = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Registrant')) USING ascii) WHERE c.verb = 'domain:create' AND c.state = 'done'
UNION ALL SELECT k.id, c.domain_id FROM commands AS c JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Registrant.Ref.ContactID')) USING ascii)
WHERE c.verb = 'domain:update' AND c.state = 'done' AND JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Kind')) = 'contacts'
UNION ALL SELECT k.id, c.domain_id FROM commands AS c JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Roles.admin.Ref.ContactID')) USING ascii)
WHERE c.verb = 'domain:update' AND c.state = 'done' AND JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Kind')) = 'contacts'
UNION ALL SELECT k.id, c.domain_id FROM commands AS c JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Roles.tech.Ref.ContactID')) USING ascii)
WHERE c.verb = 'domain:update' AND c.state = 'done' AND JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Kind')) = 'contacts'
UNION ALL SELECT k.id, c.domain_id FROM commands AS c JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Roles.billing.Ref.ContactID')) USING ascii)
WHERE c.verb = 'domain:update' AND c.state = 'done' AND JSON_UNQUOTE(JSON_EXTRACT(c.spec, '$.Kind')) = 'contacts'
UNION ALL SELECT k.id, e.object_id FROM audit_payloads AS p JOIN audit_events AS e ON e.id = p.event_id AND e.object_kind = 'domain'
JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(p.before_json, '$.Registrant.ContactID')) USING ascii) WHERE p.before_json IS NOT NULL
UNION ALL SELECT k.id, e.object_id FROM audit_payloads AS p JOIN audit_events AS e ON e.id = p.event_id AND e.object_kind = 'domain'
JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(p.before_json, '$.Domain.Registrant.ContactID')) USING ascii) WHERE p.before_json IS NOT NULL
UNION ALL SELECT k.id, e.object_id FROM audit_payloads AS p JOIN audit_events AS e ON e.id = p.event_id AND e.object_kind = 'domain'
JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(p.after_json, '$.Registrant.ContactID')) USING ascii) WHERE p.after_json IS NOT NULL
UNION ALL SELECT k.id, e.object_id FROM audit_payloads AS p JOIN audit_events AS e ON e.id = p.event_id AND e.object_kind = 'domain'
JOIN contacts AS k ON k.id = CONVERT(JSON_UNQUOTE(JSON_EXTRACT(p.after_json, '$.Domain.Registrant.ContactID')) USING ascii) WHERE p.after_json IS NOT NULL;
