-- Schema of one sandbox registry. Times are text, UTC, "2006-01-02T15:04:05.000Z";
-- money is signed minor units. README.md describes every table.
CREATE TABLE IF NOT EXISTS sequences (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO sequences (name, value) VALUES ('boot', 0), ('roid', 0);

CREATE TABLE IF NOT EXISTS accounts (
  client_id     TEXT PRIMARY KEY,
  currency      TEXT NOT NULL,
  balance_minor INTEGER NOT NULL CHECK (balance_minor >= 0),
  password      TEXT NOT NULL, -- salted digest of the password in force
  seed          TEXT NOT NULL, -- salted digest of the configured password
  created_at    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS contacts (
  id       TEXT PRIMARY KEY,
  roid     TEXT NOT NULL UNIQUE,
  sponsor  TEXT NOT NULL,
  voice    TEXT NOT NULL, voice_ext TEXT NOT NULL,
  fax      TEXT NOT NULL, fax_ext   TEXT NOT NULL,
  email    TEXT NOT NULL,
  auth_info TEXT NOT NULL, -- '' = unset
  disclose TEXT NOT NULL,  -- '' or JSON {"flag":bool,"items":[["name","int"],…]}
  cr_id TEXT NOT NULL, cr_date TEXT NOT NULL,
  up_id TEXT NOT NULL DEFAULT '', up_date TEXT NOT NULL DEFAULT '',
  tr_date TEXT NOT NULL DEFAULT '' -- of the last transfer
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS contact_postal (
  contact TEXT NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  type    TEXT NOT NULL CHECK (type IN ('int', 'loc')),
  name    TEXT NOT NULL,
  org     TEXT, -- NULL = element absent
  street1 TEXT, street2 TEXT, street3 TEXT,
  city    TEXT NOT NULL,
  sp      TEXT, pc TEXT,
  cc      TEXT NOT NULL,
  PRIMARY KEY (contact, type)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS domains (
  name       TEXT PRIMARY KEY,
  roid       TEXT NOT NULL UNIQUE,
  tld        TEXT NOT NULL,
  sponsor    TEXT NOT NULL,
  registrant TEXT REFERENCES contacts (id),
  auth_info  TEXT NOT NULL, -- '' = unset
  cr_id TEXT NOT NULL, cr_date TEXT NOT NULL,
  up_id TEXT NOT NULL DEFAULT '', up_date TEXT NOT NULL DEFAULT '',
  ex_date    TEXT NOT NULL,
  purge_at   TEXT, -- set while pendingDelete
  tr_date    TEXT NOT NULL DEFAULT '' -- of the last transfer
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS domains_registrant ON domains (registrant);
CREATE INDEX IF NOT EXISTS domains_ex_date ON domains (tld, ex_date) WHERE purge_at IS NULL;
CREATE INDEX IF NOT EXISTS domains_purge_at ON domains (purge_at) WHERE purge_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS hosts (
  name     TEXT PRIMARY KEY,
  roid     TEXT NOT NULL UNIQUE,
  sponsor  TEXT NOT NULL,
  superordinate TEXT REFERENCES domains (name), -- NULL = external host
  cr_id TEXT NOT NULL, cr_date TEXT NOT NULL,
  up_id TEXT NOT NULL DEFAULT '', up_date TEXT NOT NULL DEFAULT '',
  tr_date TEXT NOT NULL DEFAULT '' -- of the last transfer
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hosts_superordinate ON hosts (superordinate);

CREATE TABLE IF NOT EXISTS host_addrs (
  host TEXT NOT NULL REFERENCES hosts (name) ON DELETE CASCADE ON UPDATE CASCADE,
  ip   TEXT NOT NULL CHECK (ip IN ('v4', 'v6')),
  addr TEXT NOT NULL,
  PRIMARY KEY (host, ip, addr)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS domain_hosts (
  domain TEXT NOT NULL REFERENCES domains (name) ON DELETE CASCADE,
  host   TEXT NOT NULL REFERENCES hosts (name) ON UPDATE CASCADE,
  PRIMARY KEY (domain, host)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS domain_hosts_host ON domain_hosts (host);

CREATE TABLE IF NOT EXISTS domain_contacts (
  domain  TEXT NOT NULL REFERENCES domains (name) ON DELETE CASCADE,
  type    TEXT NOT NULL CHECK (type IN ('admin', 'billing', 'tech')),
  contact TEXT NOT NULL REFERENCES contacts (id),
  PRIMARY KEY (domain, type, contact)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS domain_contacts_contact ON domain_contacts (contact);

-- Only statuses that clients (or, through the control port, the registry) set; ok, inactive, linked and pendingDelete are computed.
CREATE TABLE IF NOT EXISTS statuses (
  object TEXT NOT NULL CHECK (object IN ('domain', 'contact', 'host')),
  name   TEXT NOT NULL,
  status TEXT NOT NULL,
  lang   TEXT NOT NULL,
  note   TEXT NOT NULL,
  PRIMARY KEY (object, name, status)
) WITHOUT ROWID;

-- One row per change of a balance; an account's balance is the sum of its rows.
CREATE TABLE IF NOT EXISTS ledger (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  at            TEXT NOT NULL,
  account       TEXT NOT NULL REFERENCES accounts (client_id),
  cl_trid       TEXT NOT NULL, -- '' for top-ups and when the client sent none
  sv_trid       TEXT NOT NULL,
  verb          TEXT NOT NULL CHECK (verb IN ('create', 'renew', 'transfer', 'restore', 'refund', 'topup', 'withdraw')),
  domain        TEXT NOT NULL,
  domain_roid   TEXT NOT NULL,
  years         INTEGER NOT NULL,
  amount_minor  INTEGER NOT NULL, -- charges negative
  currency      TEXT NOT NULL,
  balance_minor INTEGER NOT NULL -- after this row
);
CREATE INDEX IF NOT EXISTS ledger_cl_trid ON ledger (cl_trid);
CREATE INDEX IF NOT EXISTS ledger_domain_roid ON ledger (domain_roid);

-- One row per transform that was executed and committed, answered or not.
CREATE TABLE IF NOT EXISTS transforms (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      TEXT NOT NULL,
  account TEXT NOT NULL,
  cl_trid TEXT NOT NULL,
  sv_trid TEXT NOT NULL,
  verb    TEXT NOT NULL,
  object  TEXT NOT NULL,
  name    TEXT NOT NULL,
  code    INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS transforms_sv_trid ON transforms (sv_trid);
CREATE INDEX IF NOT EXISTS transforms_cl_trid ON transforms (cl_trid);
CREATE INDEX IF NOT EXISTS transforms_name ON transforms (object, name);

-- The last transfer of an object, pending or decided.
CREATE TABLE IF NOT EXISTS transfers (
  object  TEXT NOT NULL CHECK (object IN ('domain', 'contact')),
  name    TEXT NOT NULL,
  roid    TEXT NOT NULL,
  status  TEXT NOT NULL, -- pending, clientApproved, …
  re_id   TEXT NOT NULL, re_date TEXT NOT NULL,
  ac_id   TEXT NOT NULL, ac_date TEXT NOT NULL, -- while pending: when the server decides
  years   INTEGER NOT NULL,
  ex_date TEXT NOT NULL, -- '' for contacts
  paid_minor INTEGER NOT NULL,
  PRIMARY KEY (object, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transfers_due ON transfers (ac_date) WHERE status = 'pending';

-- Messages that wait to be polled. XML as it will be sent.
CREATE TABLE IF NOT EXISTS messages (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  account   TEXT NOT NULL REFERENCES accounts (client_id),
  at        TEXT NOT NULL,
  text      TEXT NOT NULL,
  res_ns    TEXT NOT NULL, res_data  TEXT NOT NULL,
  ext_ns    TEXT NOT NULL, extension TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_account ON messages (account, id);

-- Commands answered 1001 that wait for somebody's decision. A create is done
-- already and undone by a refusal; everything else is done when approved, from
-- the frame kept here.
CREATE TABLE IF NOT EXISTS pending (
  object  TEXT NOT NULL CHECK (object IN ('domain', 'contact', 'host')),
  name    TEXT NOT NULL,
  verb    TEXT NOT NULL,
  at      TEXT NOT NULL,
  account TEXT NOT NULL,
  cl_trid TEXT NOT NULL, sv_trid TEXT NOT NULL,
  objects TEXT NOT NULL, extensions TEXT NOT NULL, -- of the session, blank-separated
  frame   BLOB NOT NULL,
  PRIMARY KEY (object, name)
) WITHOUT ROWID;

-- DS records or keys in their text form.
CREATE TABLE IF NOT EXISTS domain_secdns (
  domain TEXT NOT NULL REFERENCES domains (name) ON DELETE CASCADE,
  kind   TEXT NOT NULL CHECK (kind IN ('ds', 'key')),
  text   TEXT NOT NULL,
  PRIMARY KEY (domain, text)
) WITHOUT ROWID;

-- Deleted domains until they are restored or purged.
CREATE TABLE IF NOT EXISTS domain_rgp (
  domain           TEXT PRIMARY KEY REFERENCES domains (name) ON DELETE CASCADE,
  deleted_at       TEXT NOT NULL,
  redemption_until TEXT NOT NULL,
  purge_at         TEXT NOT NULL,
  requested_at     TEXT NOT NULL DEFAULT '', -- while pendingRestore
  report_due       TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS domain_rgp_due ON domain_rgp (report_due) WHERE requested_at <> '';

-- Grace periods; rows stay when they are over.
CREATE TABLE IF NOT EXISTS grace (
  domain  TEXT NOT NULL REFERENCES domains (name) ON DELETE CASCADE,
  kind    TEXT NOT NULL CHECK (kind IN ('addPeriod', 'renewPeriod', 'transferPeriod', 'autoRenewPeriod')),
  until   TEXT NOT NULL,
  account TEXT NOT NULL, -- who was charged
  years   INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS grace_domain ON grace (domain);

CREATE TABLE IF NOT EXISTS domain_idn (
  domain    TEXT PRIMARY KEY REFERENCES domains (name) ON DELETE CASCADE,
  idn_table TEXT NOT NULL,
  uname     TEXT NOT NULL
) WITHOUT ROWID;

-- Announcements of maintenance; item is the XML of the answer.
CREATE TABLE IF NOT EXISTS maintenance (
  id TEXT PRIMARY KEY,
  starts TEXT NOT NULL, ends TEXT NOT NULL,
  cr_date TEXT NOT NULL, up_date TEXT NOT NULL,
  item TEXT NOT NULL
) WITHOUT ROWID;

-- Launch applications; the domain waits as pendingCreate meanwhile.
CREATE TABLE IF NOT EXISTS applications (
  id     TEXT PRIMARY KEY,
  domain TEXT NOT NULL,
  phase  TEXT NOT NULL, subphase TEXT NOT NULL,
  status TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS applications_domain ON applications (domain);

-- Name servers of zones that take them as attributes of the domain.
CREATE TABLE IF NOT EXISTS domain_attrs (
  domain TEXT NOT NULL REFERENCES domains (name) ON DELETE CASCADE,
  attr   TEXT NOT NULL, -- name and sorted addresses, blank-separated
  PRIMARY KEY (domain, attr)
) WITHOUT ROWID;

-- Objects of a server that speaks like FRED. Everything beside sponsorship and
-- dates stands in data, as JSON.
CREATE TABLE IF NOT EXISTS fred_objects (
  kind       TEXT NOT NULL CHECK (kind IN ('contact', 'domain', 'nsset', 'keyset')),
  id         TEXT NOT NULL, -- domains in lower case, handles in upper case
  roid       TEXT NOT NULL UNIQUE,
  sponsor    TEXT NOT NULL,
  auth_info  TEXT NOT NULL, auth_until TEXT NOT NULL,
  cr_id TEXT NOT NULL, cr_date TEXT NOT NULL,
  up_id TEXT NOT NULL DEFAULT '', up_date TEXT NOT NULL DEFAULT '',
  tr_date    TEXT NOT NULL DEFAULT '', -- of the last transfer
  due        TEXT NOT NULL DEFAULT '', -- when something happens by itself, '' = never
  data       TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fred_objects_due ON fred_objects (due) WHERE due <> '';
CREATE INDEX IF NOT EXISTS fred_objects_sponsor ON fred_objects (sponsor, kind, id);

-- Who uses what: an object deletes only without users, and goes by itself after
-- two months without any.
CREATE TABLE IF NOT EXISTS fred_links (
  from_kind TEXT NOT NULL, from_id TEXT NOT NULL,
  kind      TEXT NOT NULL, id      TEXT NOT NULL,
  PRIMARY KEY (from_kind, from_id, kind, id),
  FOREIGN KEY (from_kind, from_id) REFERENCES fred_objects (kind, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fred_links_to ON fred_links (kind, id);

-- Licence numbers of names of .UA.
CREATE TABLE IF NOT EXISTS domain_licences (
  domain  TEXT PRIMARY KEY REFERENCES domains (name) ON DELETE CASCADE,
  licence TEXT NOT NULL
) WITHOUT ROWID;
