package ops

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"
)

// scraped is what /metrics really shows: metric → its label names.
func scraped(t *testing.T) map[string]map[string]bool {
	t.Helper()
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg, "v1", "abc")
	if err != nil {
		t.Fatal(err)
	}
	if err := RegisterQueue(reg, fakeQueue{}, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if err := RegisterRestore(reg, fakeRestore{}); err != nil {
		t.Fatal(err)
	}
	if err := RegisterWebhooks(reg, fakeBacklog{}); err != nil {
		t.Fatal(err)
	}
	if err := RegisterPolicies(reg, fakeDuties{}, []string{"errp"}); err != nil {
		t.Fatal(err)
	}
	exercise(m)
	code, body := get(t, New(Options{Gatherer: reg}), "/metrics")
	if code != 200 {
		t.Fatalf("metrics = %d", code)
	}
	out := map[string]map[string]bool{}
	for _, line := range strings.Split(body, "\n") {
		name, rest, _ := strings.Cut(line, "{")
		name, _, _ = strings.Cut(name, " ")
		if name == "" || name == "#" {
			continue
		}
		if out[name] == nil {
			out[name] = map[string]bool{"instance": true, "le": true} // those of the scrape and of histograms
		}
		for _, l := range labelName.FindAllStringSubmatch(rest, -1) {
			out[name][l[1]] = true
		}
	}
	return out
}

var (
	labelName  = regexp.MustCompile(`(\w+)="`)
	metricUse  = regexp.MustCompile(`\b((?:indera|process|go)_\w+)(?:\{([^}]*)\})?`)
	selector   = regexp.MustCompile(`(\w+)=~?"`)
	grouping   = regexp.MustCompile(`\bby \(([^)]*)\)`)
	shownLabel = regexp.MustCompile(`\{\{(?: \$labels\.)?(\w+) ?\}\}`)
)

// checkExpr proves that every metric of an expression is shown, with the labels
// that it is narrowed, grouped and written by.
func checkExpr(t *testing.T, shown map[string]map[string]bool, where, expr, text string) {
	t.Helper()
	uses := metricUse.FindAllStringSubmatch(expr, -1)
	if len(uses) == 0 {
		t.Errorf("%s: no metric in %q", where, expr)
	}
	if strings.Count(expr, "(") != strings.Count(expr, ")") {
		t.Errorf("%s: brackets of %q", where, expr)
	}
	for _, use := range uses {
		labels, ok := shown[use[1]]
		if !ok {
			t.Errorf("%s: /metrics shows no %s", where, use[1])
			continue
		}
		var wanted []string
		for _, l := range selector.FindAllStringSubmatch(use[2], -1) {
			wanted = append(wanted, l[1])
		}
		for _, by := range grouping.FindAllStringSubmatch(expr, -1) {
			wanted = append(wanted, strings.Split(by[1], ", ")...)
		}
		for _, l := range shownLabel.FindAllStringSubmatch(text, -1) {
			wanted = append(wanted, l[1])
		}
		for _, l := range wanted {
			if !labels[l] {
				t.Errorf("%s: %s has no label %q", where, use[1], l)
			}
		}
	}
}

func TestAlertRules(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/monitoring/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	shown, seen := scraped(t), map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || seen[r.Alert] || r.Annotations["summary"] == "" {
				t.Errorf("rule %q has no name of its own or no summary", r.Alert)
			}
			seen[r.Alert] = true
			if s := r.Labels["severity"]; s != "page" && s != "ticket" {
				t.Errorf("%s: severity %q", r.Alert, s)
			}
			if !strings.Contains(string(doc), "`"+r.Alert+"`") {
				t.Errorf("docs/operating.md does not say what %s means", r.Alert)
			}
			checkExpr(t, shown, r.Alert, r.Expr, strings.ReplaceAll(r.Annotations["summary"], "{{ $value }}", ""))
		}
	}
	if len(seen) == 0 {
		t.Error("there are no rules")
	}
}

func TestDashboard(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/monitoring/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		UID    string
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil {
		t.Fatal(err)
	}
	shown, ids, charts := scraped(t), map[int]bool{}, 0
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q: id used twice or no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			charts++
			text := target.LegendFormat
			if strings.HasPrefix(target.Expr, "process_") {
				text = ""
			}
			checkExpr(t, shown, p.Title, target.Expr, text)
		}
	}
	if board.UID != "indera" || charts == 0 {
		t.Errorf("dashboard %q with %d charts", board.UID, charts)
	}
}
