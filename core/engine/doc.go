// Package engine claims, runs and settles jobs for one worker process. It knows
// job records and ports, not the types of users' args.
//
// A Worker owns a handful of goroutines, each in a file of its own: the fetcher
// claims into free slots (fetch.go) and a little ahead of them (ahead.go), slots
// run handlers (slots.go, attempt.go), the settler stores results in batches
// (settle.go), the promoter makes waiting jobs due (promote.go), the registrar
// keeps the worker alive and hears orders (registry.go), and the undertaker runs
// Death interceptors that a crash left over (death.go). What a result means is
// decided by pure functions (verdict.go).
package engine
