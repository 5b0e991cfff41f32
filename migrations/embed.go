// Package migrations holds the numbered SQL that builds the schema, once per
// dialect: mysql/ (MySQL 8 and MariaDB 10.6 or newer) and sqlite/. Files are
// never changed after a release; a change is a new number in both folders. A
// MySQL file holds exactly one DDL statement, because each one commits.
package migrations

import "embed"

// FS holds mysql/NNNNN_name.sql and sqlite/NNNNN_name.sql.
//
//go:embed mysql/*.sql sqlite/*.sql
var FS embed.FS
