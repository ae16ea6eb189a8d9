package modules

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

var update = flag.Bool("update", false, "rewrite docs/reference/configuration.md")

const referenceHead = `# Configuration

What the environment can say to a program that is wired with package ` + "`modules`" + `. Nothing else in Task
Tower reads the environment: without fx, fill ` + "`tasktower.WorkerConfig`, `tasktower.ClientConfig` and `postgres.Config`" + `
yourself, or with ` + "`modules.LoadConfig`" + `. ` + "`modules.Settings(config)`" + ` makes an app use values of your own instead.

A variable that is empty counts as not set. Durations look like ` + "`500ms`, `30s`, `5m`" + `; lists are separated by commas.
Every mistake is reported by ` + "`fx.New`" + `, those of the variables and those of the app together, and so are variables that
begin with ` + "`TASKTOWER_`" + ` and do not exist. A program that calls ` + "`LoadConfig`" + ` and ends at its error hears of
the variables alone. Exempt are ` + "`TASKTOWER_TEST_…`" + ` and those that Kubernetes sets for services (` + "`TASKTOWER_SERVICE_HOST`,\n`TASKTOWER_PORT_…`" + `).

`

// reference is the page that lists every variable, made of Config's source.
func reference() string {
	var out strings.Builder
	out.WriteString(referenceHead)
	out.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	comments := commentsOfConfig()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		value, worded := defaultsInWords[field.Name]
		if !worded {
			value = "–"
		}
		if d := field.Tag.Get("envDefault"); d != "" {
			value = "`" + d + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", variable(field), value, comments[field.Name])
	}
	return out.String()
}

// defaultsInWords are defaults that a zero field stands for.
var defaultsInWords = map[string]string{"Queues": "all", "QueuePrioritization": "`fifo`"}

// commentsOfConfig are the comments of Config's fields as one line each.
func commentsOfConfig() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	out := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Config" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if field.Doc != nil {
				out[field.Names[0].Name] = sentence(field.Names[0].Name, field.Doc.Text())
			}
		}
		return false
	})
	return out
}

// sentence is a comment on one line, without the field's name where it is the subject.
func sentence(name, comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	rest := strings.TrimPrefix(text, name+" ")
	if rest == text || strings.HasPrefix(rest, "that ") {
		return text
	}
	for _, verb := range []string{"is ", "are "} {
		rest = strings.TrimPrefix(rest, verb)
	}
	return strings.ToUpper(rest[:1]) + rest[1:]
}
