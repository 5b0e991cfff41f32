package epptest

import (
	"net"
	"sync"
)

// outbox buffers what the server writes, as a socket's send buffer does: a
// bare pipe makes a server that writes and a client that writes wait for each
// other. The client's direction stays unbuffered, so that a server that does
// not read blocks it.
type outbox struct {
	net.Conn
	queue chan []byte
	mu    sync.Mutex // guards shut and sending on queue
	shut  bool
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{Conn: conn, queue: make(chan []byte, 1<<10)}
	go o.pump()
	return o
}

// pump writes in order and closes the connection behind the last octet.
func (o *outbox) pump() {
	defer o.Conn.Close()
	var failed bool
	for b := range o.queue {
		if !failed {
			_, err := o.Conn.Write(b)
			failed = err != nil
		}
	}
}

// Write queues a copy of b.
func (o *outbox) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shut {
		return 0, net.ErrClosed
	}
	o.queue <- append([]byte(nil), b...)
	return len(b), nil
}

// Close closes the connection behind what was written.
func (o *outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.shut {
		o.shut = true
		close(o.queue)
	}
	return nil
}
