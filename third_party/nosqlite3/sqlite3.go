// Package sqlite3 stands in for the C driver that GORM's SQLite dialector
// imports by name. Indera hands the dialector a connection of the pure Go
// driver (modernc.org/sqlite), so the C code would be compiled and never run.
package sqlite3
