package mail

import (
	"strings"
	"testing"
)

// TestBrakeSaysWhatStopped: who releases a brake must know what goes on then.
func TestBrakeSaysWhatStopped(t *testing.T) {
	for _, c := range []struct {
		mirror string
		purge  bool
		want   string
	}{{"FOSSBilling", false, "names gone"}, {"", false, "would send"}, {"", true, "can't be brought back"}} {
		data := sample()
		data["Mirror"], data["Purge"] = c.mirror, c.purge
		subject, text, html, err := letters(t).Render("brake_engaged", "en", data)
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer("&#39;", "'", "<strong>", "", "</strong>", "")
		if both := strings.Join(strings.Fields(subject+" "+text), " "); !strings.Contains(both, c.want) || !strings.Contains(subject+plain.Replace(html), c.want) {
			t.Errorf("%+v: %s\n%s\n%s", c, subject, text, html)
		}
	}
}
