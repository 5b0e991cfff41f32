package registrar

import (
	"context"
	"iter"
)

// NameLister is a Registry that can tell all names of our account by itself. Others
// give lists as files, or none.
type NameLister interface {
	// Names lists them as A-labels, in no order that counts. Errors: those of
	// Registry; an unknown outcome when the list changed while it was read.
	Names(ctx context.Context) ([]string, error)
}

// listed is the registry's own list of our names: the one given, else what the
// registry tells by itself; nil = there is none.
func (s *syncer) listed(ctx context.Context) iter.Seq2[string, error] {
	lister, ok := s.reg.(NameLister)
	if s.opt.List != nil || !ok {
		return s.opt.List
	}
	return func(yield func(string, error) bool) {
		names, err := lister.Names(ctx)
		if err != nil {
			yield("", err)
			return
		}
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}
