// Package ui is the shell that portal and admin share: it parses the templates
// once, serves the static files under content-addressed names, keeps sessions,
// turns errors into pages, limits rates and sets the security headers.
//
// A face (portal, admin) owns a Shell: templates of its area, its own session
// cookie and its menu. Handlers return errors; HandleError is the only place
// that translates them.
package ui
