// Package store keeps everything the registrar knows, on SQLite or on
// MySQL/MariaDB, behind the ports that package registrar declares. It is the
// only place that knows SQL and the only importer of GORM.
//
// Habits of the package:
//   - Row structs are private, one per table, with xToRow and xFromRow beside
//     them. Columns are always named; the schema comes from numbered SQL.
//   - Every claim is one conditional update whose row count decides. Nothing
//     trusts row locks, so a cluster of equal nodes behaves the same.
//   - Leases and due times are compared with the clock of the database, kept as
//     microseconds of Unix time. Business times come from the caller, in UTC,
//     cut to microseconds.
//   - InTx is the one place that retries.
//   - Lists use keyset paging and an index that ends in the key.
package store
