// Package plainsql runs every statement of docs/how-to/plain-sql.md.
package plainsql
