// Package job holds the values that every part of Task Tower speaks in: the job
// record, its identity, its states and the table of legal moves between them,
// its history, its failures, and the errors that name what went wrong.
//
// Nothing here does I/O, reads a clock or starts a goroutine.
package job
