// Package order checks what docs/explanation/strategies.md says about the order
// in which jobs start.
package order
