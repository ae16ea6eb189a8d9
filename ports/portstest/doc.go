// Package portstest is the contract of package ports in executable form. An
// adapter proves itself with one function that opens an empty store:
//
//	func TestStore(t *testing.T)     { portstest.TestStore(t, open) }
//	func TestHistories(t *testing.T) { portstest.TestHistories(t, open, 100) }
//	func BenchmarkStore(b *testing.B) { portstest.BenchmarkStore(b, open) }
//
// TestStore is a list of cases, each named by the sentence it proves and played
// on a store of its own. TestHistories plays random histories on the store and
// on a small model and compares what a caller can see of both.
//
// Faulty is for the tests of those who call a store: it wraps one and makes
// outages ordinary test input.
//
// A bug found in one adapter becomes a case here, for all of them.
package portstest
