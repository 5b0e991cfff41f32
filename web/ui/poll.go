package ui

import (
	"fmt"
	"strconv"

	"github.com/labstack/echo/v4"
)

// Poll says when a live part asks again: quickly at first, then less often.
type Poll struct {
	URL   string
	Delay string // htmx delay, for example "3s"
}

// polls are the pauses in seconds; the last one goes on.
var polls = []int{1, 1, 2, 2, 3, 5, 8, 13, 20, 30}

// NextPoll returns when to ask path again, by how often the request asked
// before.
func NextPoll(c echo.Context, path string) Poll {
	n, err := strconv.Atoi(c.QueryParam("n"))
	if err != nil || n < 0 || n >= len(polls) {
		n = 0
		if err == nil {
			n = len(polls) - 1
		}
	}
	return Poll{URL: fmt.Sprintf("%s?n=%d", path, min(n+1, len(polls)-1)), Delay: fmt.Sprintf("%ds", polls[n])}
}
