// Package upgrade has the code that docs/how-to/upgrade-and-remove.md quotes.
package upgrade
