package store

func init() { Rows = append(Rows, basketLineRow{}, agreementRow{}) }
