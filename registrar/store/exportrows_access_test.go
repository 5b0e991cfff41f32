package store

// ExportTable is a row of the list of what an export holds, for the tests that
// compare it with the schema.
type ExportTable struct {
	Section, Table, Of, By, Where string
	ID                            string            // column that leads on
	Shown                         map[string]string // column → field
	Kinds                         map[string]string // field → kind
	Hidden                        map[string]string // column → why
	Joined                        bool
}

// ExportTables returns the list; columns of joined tables and expressions keep
// their SQL.
func ExportTables() []ExportTable {
	var out []ExportTable
	for _, t := range exportTables {
		e := ExportTable{Section: t.section, Table: t.table, Of: t.of, By: t.by, Where: t.where, ID: t.idColumn()[2:], Shown: map[string]string{}, Kinds: map[string]string{},
			Hidden: t.hide, Joined: t.join != ""}
		for _, c := range t.columns() {
			e.Shown[c.sql], e.Kinds[c.name] = c.name, c.kind
		}
		out = append(out, e)
	}
	return out
}

// NotExported returns the exceptions with their reasons.
func NotExported() map[string]string { return notExported }
