//go:build !race

package registrar_test

// pace stretches the tests' time limits; see pace_race_test.go.
const pace = 1
