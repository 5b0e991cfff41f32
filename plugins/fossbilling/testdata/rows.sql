-- Two customers and nine names, of which three are ours and can be taken.
INSERT INTO client (id, email, billing_email, pass, first_name, last_name, phone_cc, phone, company, address_1, city, postcode, country, currency, lang, created_at) VALUES
  (1, 'ada@example.org', 'bills@example.org', '$2y$secret', 'Ada', 'Lovelace', '44', '2079460123', NULL, '12 St James''s Square', 'London', 'SW1Y 4JH', 'GB', 'EUR', 'en_US', '2024-01-01 00:00:00'),
  (2, NULL, NULL, '$2y$secret', 'Jürgen', 'Müller', '+49', '089 1234567', 'Müller &amp; Söhne GmbH', 'Am Bäckeranger 1', 'München', '80331', 'de', 'EUR', 'de_DE', '2024-01-01 00:00:00');
INSERT INTO service_domain (id, client_id, tld_registrar_id, sld, tld, ns1, ns2, locked, transfer_code, action, contact_email, contact_first_name, registered_at, expires_at) VALUES
  (1, 1, 1, 'plain', '.shop', 'ns1.example.net', 'ns2.example.net', 1, 'secret-code', NULL, NULL, NULL, '2024-05-05 10:00:00', '2027-05-05 10:00:00'),
  (2, 2, 1, 'müller-collide', '.de', 'NS1.example.net.', NULL, 0, NULL, NULL, 'own@example.org', 'Käthe', '2024-05-05 10:00:00', '2027-05-05 10:00:00'),
  (3, 2, 1, 'muller-collide', 'de', NULL, NULL, 0, NULL, NULL, NULL, NULL, '2024-05-05 10:00:00', '0000-00-00 00:00:00'),
  (4, 1, 1, 'wanted', '.shop', NULL, NULL, 1, NULL, 'register', NULL, NULL, NULL, NULL),
  (5, 1, 1, 'left', '.shop', NULL, NULL, 1, NULL, NULL, NULL, NULL, '2020-05-05 10:00:00', '2021-05-05 10:00:00'),
  (6, 1, 2, 'foreign', '.shop', NULL, NULL, 1, NULL, NULL, NULL, NULL, '2024-05-05 10:00:00', '2027-05-05 10:00:00'),
  (7, 99, 1, 'orphan', '.shop', NULL, NULL, 1, NULL, NULL, NULL, NULL, '2024-05-05 10:00:00', '2027-05-05 10:00:00'),
  (8, 1, 1, 'PLAIN', '.shop', NULL, NULL, 1, NULL, NULL, NULL, NULL, '2024-05-05 10:00:00', '2026-12-05 10:00:00'),
  (9, 1, 1, 'forgotten', '.shop', NULL, NULL, 1, NULL, NULL, NULL, NULL, '2010-05-05 10:00:00', '2011-05-05 10:00:00');
INSERT INTO client_order (client_id, service_id, service_type, status) VALUES (1, 1, 'domain', 'active'), (1, 1, 'hosting', 'canceled'), (2, 2, 'domain', 'suspended'),
  (2, 3, 'domain', 'failed_renew'), (1, 4, 'domain', 'pending_setup'), (1, 5, 'domain', 'cancelled'), (1, 6, 'domain', 'active'), (99, 7, 'domain', 'active'), (1, 8, 'domain', 'active');
