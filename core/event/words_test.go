package event_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/event"
)

var update = flag.Bool("update", false, "rewrite the table of the page")

const (
	page   = "../../docs/reference/events.md"
	begin  = "<!-- begin of what core/event writes -->\n"
	finish = "<!-- end of what core/event writes -->\n"
)

// table is a line for each event type, in the order of the source.
func table(t *testing.T) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var out strings.Builder
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Type" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		typ := event.Type(text)
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", typ, strings.ToLower(typ.Level().String()), typ.Words(), strings.TrimSpace(spec.Comment.Text()))
		return true
	})
	return out.String()
}

func TestPage_HasEachEvent(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	_, after, found := strings.Cut(rest, finish)
	require.True(t, found)
	want := before + begin + "| event | level | in a log | and |\n|---|---|---|---|\n" + table(t) + finish + after
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "a type was added or changed; -update rewrites the page")
}

func TestWords_OfTypesThatAreNotKnownAreTheirOwn(t *testing.T) {
	t.Parallel()
	require.Equal(t, "moon.landed", event.Type("moon.landed").Words())
	require.Equal(t, "INFO", event.Type("moon.landed").Level().String())
}
