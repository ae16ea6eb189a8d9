// Package explain says in words why a job is where it is and what it waits for.
// It is pure: facts in, an Explanation out.
package explain
