// Package indera holds only the tests about the repository as a whole; the
// program is cmd/indera.
package indera
