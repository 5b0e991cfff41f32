// Package templates holds the texts and pages that people see, as html/template
// files: portal/ and admin/ for the pages, door/ for pages that both have, shared/
// for the shell around them.
package templates

import "embed"

// FS holds every template below its folder name, for example
// "portal/search.html".
//
//go:embed all:portal all:admin all:door all:shared
var FS embed.FS
