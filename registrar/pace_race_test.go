//go:build race

package registrar_test

// pace stretches the tests' time limits: the race detector makes the embedded
// database some ten times slower.
const pace = 10
