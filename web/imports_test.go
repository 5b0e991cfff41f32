package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestImportsPage: staff sees who brought in which file, and what became of it.
func TestImportsPage(t *testing.T) {
	h := newHouse(t)
	staff := h.staff()
	staff.get("/admin/imports").is(http.StatusOK).has("No file was brought in")
	digest := strings.Repeat("ab", 32)
	begin := func(file string, then func(ctx context.Context, run registrar.ImportRun)) {
		h.must(h.engine.HoldImport(t.Context(), func(ctx context.Context, lease string) error {
			run, err := h.engine.BeginImport(ctx, registrar.System("import csv by ada"), registrar.ImportRun{File: file, Digest: digest, Verify: true, Lease: lease})
			h.must(err)
			then(ctx, run)
			return nil
		}))
	}
	begin("<b>first.csv", func(ctx context.Context, run registrar.ImportRun) {
		run.Created, run.Refused, run.Customers = 4711, 13, 17
		_, err := h.engine.EndImport(ctx, registrar.System("test"), run)
		h.must(err)
		staff.get("/admin/imports").is(http.StatusOK).hasNot("Under way").has("Done")
	})
	begin("second.csv", func(context.Context, registrar.ImportRun) {
		staff.get("/admin/imports").is(http.StatusOK).has("Under way").hasNot("Cut off")
	})
	page := staff.get("/admin/imports").is(http.StatusOK).hasNot("Under way", "<b>first")
	page.has("second.csv", "Cut off", "&lt;b&gt;first.csv", digest, "import csv by ada", "4711", ">13<", ">17<", "Verified at the registries")
	staff.get("/admin/domains").is(http.StatusOK).has(`href="/admin/imports"`)
	h.person().get("/admin/imports").leadsTo("/admin/sign-in")
}
