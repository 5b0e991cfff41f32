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
