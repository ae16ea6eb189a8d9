// Command demo shows Task Tower at work, with nothing but Go installed:
//
//	go run ./cmd/demo
//
// It indexes a directory, the Go standard library's source unless told otherwise,
// as a pipeline of jobs on the queues critical, default and low: one scan, one
// job per file, a job that fails twice and recovers, one that dies, and a summary
// that waits for all of them. Then it prints what it measured.
//
// With -database-url the jobs live in PostgreSQL, and several demos started at
// the same time share the work:
//
//	go run ./cmd/demo -once -database-url postgres://localhost/demo & go run ./cmd/demo -once -database-url postgres://localhost/demo
//
// Kill one of them, and the others run its jobs once its lease has ended, after 30 s.
package main
