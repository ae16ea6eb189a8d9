// Package system answers what core asks of the machine it runs on: the wall
// clock and fresh job ids.
package system
