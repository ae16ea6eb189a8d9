// Package archtest holds the tests that keep the house in order: who imports
// whom, a doc comment on every package, files of one idea each, nothing left
// undone, and Go code in the documentation that compiles.
//
// The checks are functions that return findings, so that tests can also show
// that each of them finds what it is for. rules.go is the plan of the house as data.
package archtest
