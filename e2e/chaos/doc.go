// Command chaos proves what docs/reliability.md promises: real worker processes
// and a real PostgreSQL are killed, stopped, cut off and starved, and afterwards
// a ledger outside the database is joined with what the database says.
//
//	go run ./chaos -short          # each row for some seconds; CI does this
//	go run ./chaos                 # each row in its long form
//	go run ./chaos -only 1,3 -seed 42
//
// Every choice of a run comes from its seed, which it prints; the operating
// system's timing does not.
package main
