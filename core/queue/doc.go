// Package queue holds what decides which queue is served first: the View a
// strategy looks at, the Plan it answers with, and the pure executor that says
// what a plan means. Every store obeys that meaning; the memory store runs it.
package queue
