package store

func init() { Rows = append(Rows, mirrorRunRow{}, mirrorRow{}, mirrorIssueRow{}) }
