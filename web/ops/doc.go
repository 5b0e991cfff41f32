// Package ops is the face for the operator's machines: /healthz (the process
// lives), /readyz (it can do its work), /health (its parts, as JSON) and
// /metrics (Prometheus). It listens apart from the public faces and needs no
// login, so it belongs on a private address.
//
// Metric names are indera_<subsystem>_<name>_<unit>; the subsystems are those
// of the files metrics_*.go.
package ops
