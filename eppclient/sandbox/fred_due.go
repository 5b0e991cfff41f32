package sandbox

import (
	"database/sql"
	"fmt"
	"time"
)

func nextFredDue(w *work) (string, error) {
	return earliest(w, `SELECT due FROM fred_objects WHERE due <> '' ORDER BY due LIMIT 1`)
}

// fredDue lets domains run out and unused objects go.
func (w *work) fredDue() error {
	for {
		var due []fredLink
		err := w.each(`SELECT kind, id FROM fred_objects WHERE due <> '' AND due <= ? ORDER BY due LIMIT 100`, func(rows *sql.Rows) error {
			var l fredLink
			err := rows.Scan(&l.kind, &l.id)
			due = append(due, l)
			return err
		}, w.now)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, l := range due {
			o, err := w.fredFind(l.kind, l.id)
			if err == nil && o != nil && o.due != "" && o.due <= w.now {
				if o.kind == "domain" {
					err = w.fredRunOut(o)
				} else {
					err = w.fredIdle(o)
				}
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", l.kind, l.id, err)
			}
		}
	}
}

// fredIdle deletes an object that nothing has used for two months.
func (w *work) fredIdle(o *fredObject) error {
	x := newData(o.kind, fredNS(o.kind), "idleDelData")
	x.el("id", o.id)
	if err := w.fredDrop(o); err != nil {
		return err
	}
	return w.fredTell(o.sponsor, "Unused object was deleted.", fredNS(o.kind), x)
}

func (w *work) fredTell(account, text, ns string, x *objectWriter) error {
	return w.queue(message{account: account, text: text, resNS: ns, resData: x.reply(1000).resData})
}

// fredRunOut takes a domain one stage further: its validation, or itself.
func (w *work) fredRunOut(o *fredObject) error {
	if v := o.data.Validated; v != "" && o.data.ValStage < 2 {
		ends, err := time.Parse(time.DateOnly, v)
		if err != nil {
			return err
		}
		if o.data.ValStage == 0 {
			ends = ends.AddDate(0, 0, -validationWarning)
		}
		if formatTime(ends) == o.due {
			o.data.ValStage++
			x := newData("enumval", nsEnumval, map[int]string{1: "impendingValExpData", 2: "valExpData"}[o.data.ValStage])
			x.el("name", o.id)
			x.el("valExDate", v)
			if err := w.fredSave(o); err != nil {
				return err
			}
			return w.fredTell(o.sponsor, "Validation of an ENUM domain.", nsEnumval, x)
		}
	}
	kind := []string{"impendingExpData", "expData", "dnsOutageData", "delData"}[o.data.Stage]
	x := newData("domain", nsFredDomain, kind)
	x.el("name", o.id)
	x.el("exDate", o.data.Expires)
	var err error
	if o.data.Stage == fredOutzone {
		err = w.fredDrop(o)
	} else {
		o.data.Stage++
		err = w.fredSave(o)
	}
	if err != nil {
		return err
	}
	return w.fredTell(o.sponsor, "Expiration of a domain.", nsFredDomain, x)
}
