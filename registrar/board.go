package registrar

import "sync"

// noticeBoard tells goroutines of this process that something was committed.
// Each hears of what concerns it alone: many waiting requests and many registries
// must not all read the store at every commit.
type noticeBoard struct {
	mu   sync.Mutex
	subs []func(Event)
	any  chan struct{} // closed at the next publish
	work chan struct{} // closed when commands were queued
	ops  map[string]*opWatch
}

// opWatch is what those who wait for one operation share.
type opWatch struct {
	changed chan struct{}
	waiters int
}

func newNoticeBoard() *noticeBoard {
	return &noticeBoard{any: make(chan struct{}), work: make(chan struct{}), ops: make(map[string]*opWatch)}
}

func (n *noticeBoard) subscribe(fn func(Event)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.subs = append(n.subs, fn)
}

// changed returns a channel that is closed at the next publish.
func (n *noticeBoard) changed() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.any
}

// queued returns a channel that is closed when commands were queued next.
func (n *noticeBoard) queued() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.work
}

// wake ends the waiting for an id; the board is locked.
func (n *noticeBoard) wake(id string) {
	if w := n.ops[id]; w != nil {
		close(w.changed)
		delete(n.ops, id)
	}
}

// watch returns a channel that is closed at the next event of an operation, or
// when the domain of that id was read; leave must be called once it is no longer
// waited for.
func (n *noticeBoard) watch(operationID string) (changed <-chan struct{}, leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.ops[operationID]
	if w == nil {
		w = &opWatch{changed: make(chan struct{})}
		n.ops[operationID] = w
	}
	w.waiters++
	return w.changed, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if w.waiters--; w.waiters == 0 && n.ops[operationID] == w {
			delete(n.ops, operationID)
		}
	}
}

// publish runs after a commit: it wakes those who wait for what happened, then
// tells the subscribers.
func (n *noticeBoard) publish(events ...Event) {
	n.mu.Lock()
	close(n.any)
	n.any = make(chan struct{})
	for _, ev := range events {
		n.wake(ev.Operation)
		if ev.Kind == EventDomainRead {
			n.wake(ev.DomainID)
		}
	}
	subs := n.subs
	n.mu.Unlock()
	for _, ev := range events {
		for _, fn := range subs {
			fn(ev)
		}
	}
}

// publishWork is publish after commands were queued.
func (n *noticeBoard) publishWork(events ...Event) {
	n.mu.Lock()
	close(n.work)
	n.work = make(chan struct{})
	n.mu.Unlock()
	n.publish(events...)
}
