package registrytest

import (
	"context"
	"slices"

	"github.com/indera/indera/registrar"
)

var _ registrar.NameLister = (*Memory)(nil)

// ListNames is what Names answers from now on: names, or err.
func (m *Memory) ListNames(err error, names ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listed, m.listErr = names, err
}

// Names implements registrar.NameLister.
func (m *Memory) Names(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.listed), m.listErr
}
