package house

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/web/ops"
)

// poolObserver joins the session pools to metrics and log.
type poolObserver struct {
	metrics *ops.EPPMetrics
	log     *slog.Logger
	account *account
}

var _ pool.Observer = (*poolObserver)(nil)

// SessionOpened implements pool.Observer.
func (o *poolObserver) SessionOpened(registry string) {
	o.metrics.Opened(registry)
	o.log.Info("registry session opened", "registry", registry)
}

// SessionClosed implements pool.Observer.
func (o *poolObserver) SessionClosed(registry string, cause error) {
	o.metrics.Closed(registry)
	if cause != nil {
		o.log.Warn("registry session lost", "registry", registry, "error", cause)
		return
	}
	o.log.Info("registry session closed", "registry", registry)
}

// ConnectFailed implements pool.Observer.
func (o *poolObserver) ConnectFailed(registry string, err error) {
	o.metrics.ConnectFailed(registry)
	o.log.Warn("registry can't be reached", "registry", registry, "error", err)
}

// ExpiryKnown implements pool.Observer.
func (o *poolObserver) ExpiryKnown(registry string, e pool.Expiry) {
	o.metrics.Expires(registry, e.What, e.At)
}

// ExpiresSoon implements pool.Observer.
func (o *poolObserver) ExpiresSoon(registry string, e pool.Expiry) {
	o.log.Warn("no registry session will open after this expires", "registry", registry, "what", e.What, "expires", e.At.UTC())
}

// SecurityEvent implements pool.Observer.
func (o *poolObserver) SecurityEvent(registry string, e loginsec.Event) {
	o.log.Warn("registry complains of our security", "registry", registry, "type", e.Type, "name", e.Name, "level", e.Level, "value", e.Value, "text", e.Text)
}

// Waited implements pool.Observer.
func (o *poolObserver) Waited(registry string, _ pool.Priority, d time.Duration) {
	o.metrics.Waited(registry, d)
}

// Exchanged implements pool.Observer.
func (o *poolObserver) Exchanged(registry string, command epp.Description, code int, d time.Duration, _ error) {
	word := "none"
	if code != 0 {
		word = strconv.Itoa(code)
		o.account.answered(d)
	}
	o.metrics.Exchanged(registry, verbOf(command.Kind, command.Verb), word, d)
}
