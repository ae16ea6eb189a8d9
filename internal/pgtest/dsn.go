package pgtest

import (
	"net/url"
	"strings"
)

// replaceDatabase makes a connection string point at another database. Both
// forms of PostgreSQL are understood: URLs and "key=value" lists.
func replaceDatabase(dsn, from, to string) string {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " dbname=" + to // the last of equal keys wins
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return strings.Replace(dsn, from, to, 1)
	}
	u.Path = "/" + to
	return u.String()
}
