-- The columns of FOSSBilling (after 0.8.5) that are read, and the secrets beside them that never are.
CREATE TABLE client (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(255) UNIQUE, billing_email varchar(255), pass varchar(255), salt varchar(255),
  api_token varchar(128), first_name varchar(100), last_name varchar(100), phone_cc varchar(10), phone varchar(100), company varchar(100), address_1 varchar(100),
  address_2 varchar(100), city varchar(100), state varchar(100), postcode varchar(100), country varchar(100), currency varchar(10), lang varchar(10),
  created_at datetime) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
CREATE TABLE service_domain (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, client_id bigint, tld_registrar_id bigint, sld varchar(255), tld varchar(100),
  ns1 varchar(255), ns2 varchar(255), ns3 varchar(255), ns4 varchar(255), locked tinyint(1) DEFAULT 1, transfer_code varchar(255), action varchar(30),
  contact_email varchar(255), contact_company varchar(255), contact_first_name varchar(255), contact_last_name varchar(255), contact_address1 varchar(255),
  contact_address2 varchar(255), contact_city varchar(255), contact_state varchar(255), contact_postcode varchar(255), contact_country varchar(255),
  contact_phone_cc varchar(255), contact_phone varchar(255), registered_at datetime, expires_at datetime) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
CREATE TABLE client_order (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, client_id bigint, service_id bigint, service_type varchar(100), status varchar(50),
  expires_at datetime) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
CREATE TABLE tld (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, tld varchar(64) UNIQUE, periods varchar(255)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
CREATE TABLE tld_registrar (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(255), registrar varchar(255), config text) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
INSERT INTO tld_registrar VALUES (1, 'Ours', 'Epp', '{"password":"secret"}'), (2, 'Elsewhere', 'Email', NULL);
INSERT INTO tld (tld) VALUES ('.shop'), ('.de');
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
