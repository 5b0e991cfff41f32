package door

import (
	"net/url"
	"reflect"
	"testing"
)

func TestSentFields(t *testing.T) {
	got := sent(url.Values{"b": {"2", "3"}, "a": {"1"}, "_code": {"123456"}, "_password": {"secret"}})
	if want := []FormField{{"a", "1"}, {"b", "2"}, {"b", "3"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("fields %v", got)
	}
}
