package postgres

import (
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/*.sql
var queryFiles embed.FS

//go:embed migrations/*.sql
var migrationFiles embed.FS

// schemaMarker stands in the SQL files where the schema's name belongs.
const schemaMarker = "{schema}"

// bucket is the shard that every statement names. There is one today.
const bucket int32 = 0

// statements are the query files by name, with the schema filled in and the
// header left out.
type statements map[string]string

func loadStatements(schema string) statements {
	names, err := fs.Glob(queryFiles, "queries/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	out := make(statements, len(names))
	for _, name := range names {
		text, err := queryFiles.ReadFile(name)
		if err != nil {
			panic(err) // embedded
		}
		out[strings.TrimSuffix(path.Base(name), ".sql")] = fill(withoutHeader(string(text)), schema)
	}
	return out
}

// get returns a statement; asking for a file that does not exist is a mistake of
// the programmer.
func (s statements) get(name string) string {
	sql, ok := s[name]
	if !ok {
		panic(fmt.Sprintf("postgres: no query file %q", name))
	}
	return sql
}

func fill(sql, schema string) string {
	return strings.ReplaceAll(sql, schemaMarker, pgx.Identifier{schema}.Sanitize())
}

func withoutHeader(text string) string {
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return strings.TrimSpace(text)
}

// lockClass tells the advisory locks of schemas apart.
func lockClass(schema string) int32 {
	h := fnv.New32a()
	h.Write([]byte("tasktower " + schema))
	return int32(h.Sum32())
}

// channel is where a schema's hints go; its trigger uses the same.
func channel(schema string) string { return schema + "_wake" }
