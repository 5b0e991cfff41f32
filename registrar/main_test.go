package registrar_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/indera/indera/test/mariadb"
)

// TestMain lets more tests run at once than there are processors: most of their
// time is spent waiting for time limits.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(mariadb.Main(m))
}
