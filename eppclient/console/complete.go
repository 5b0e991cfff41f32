package console

import (
	"slices"
	"strings"
)

// Completion is what the word before the cursor may become.
type Completion struct {
	Start int      // where in the line the word begins, in bytes
	Words []string // sorted; none where nothing is known
}

// Complete looks what the last word of a line may become; names offers object
// names that begin with a text, nil = none.
func (c *Console) Complete(line string, names func(kind, prefix string) []string) Completion {
	start := strings.LastIndexByte(line, ' ') + 1
	before, last := strings.Fields(line[:start]), line[start:]
	out := Completion{Start: start}
	for _, w := range c.offers(before, last, names) {
		if strings.HasPrefix(w, strings.ToLower(last)) || strings.HasPrefix(w, last) {
			out.Words = append(out.Words, w)
		}
	}
	slices.Sort(out.Words)
	out.Words = slices.Compact(out.Words)
	return out
}

func (c *Console) offers(before []string, last string, names func(kind, prefix string) []string) []string {
	if len(before) == 0 {
		return c.firstWords()
	}
	first := strings.ToLower(before[0])
	object := func(kind string) []string {
		if names == nil {
			return nil
		}
		return names(kind, last)
	}
	switch first {
	case "help":
		return c.firstWords()
	case "check", "info", "delete":
		if len(before) == 1 {
			return append(object("domain"), kinds...)
		}
		kind, _ := kindOf(before[1:])
		return object(kind)
	case "transfer":
		return c.transferOffers(before, object)
	case "poll":
		if len(before) == 1 && c.opt.Write {
			return []string{"ack"}
		}
	case "status":
		return statusOffers(before, object)
	case "renew":
		if len(before) == 1 {
			return object("domain")
		}
		return []string{"from=", "years="}
	}
	return nil
}

func (c *Console) firstWords() []string {
	var out []string
	for _, w := range words() {
		if c.opt.Write || !onlyWrites[w.name] {
			out = append(out, w.name)
		}
	}
	return out
}

// onlyWrites are words of which every form has an effect.
var onlyWrites = map[string]bool{"renew": true, "status": true, "delete": true}

func (c *Console) transferOffers(before []string, object func(kind string) []string) []string {
	switch len(before) {
	case 1:
		if !c.opt.Write {
			return []string{"query"}
		}
		var ops []string
		for _, op := range transferOps {
			ops = append(ops, string(op))
		}
		return ops
	case 2:
		return append(object("domain"), "domain", "contact")
	}
	kind, _ := kindOf(before[2:])
	return object(kind)
}

// clientStatuses are those a registrar may set (RFC 5731 §2.3).
var clientStatuses = []string{"clientDeleteProhibited", "clientHold", "clientRenewProhibited", "clientTransferProhibited", "clientUpdateProhibited"}

func statusOffers(before []string, object func(kind string) []string) []string {
	switch len(before) {
	case 1:
		return []string{"add", "remove"}
	case 2:
		return object("domain")
	}
	return clientStatuses
}
