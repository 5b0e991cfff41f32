package fossbilling

import "database/sql"

// DB gives tests the connections of a source.
func DB(s *Source) *sql.DB { return s.db }
