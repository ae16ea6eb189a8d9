package archtest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "copy quoted code into the documentation")

func TestDocs_HoldCodeThatCompiles(t *testing.T) {
	t.Parallel()
	files, err := read(root)
	require.NoError(t, err)
	var blocks []fence
	for _, f := range files {
		if f.path != "README.md" && !(strings.HasPrefix(f.path, "docs/") && strings.HasSuffix(f.path, ".md")) {
			continue
		}
		if *update {
			f.text = requote(f, files)
			require.NoError(t, os.WriteFile(filepath.Join(root, f.path), f.text, 0o644))
		}
		found, findings := fences(f)
		require.Empty(t, findings)
		blocks = append(blocks, found...)
	}
	require.NotEmpty(t, blocks)
	require.Empty(t, checkQuotes(blocks, files))
	require.NoError(t, compile(root, t.TempDir(), blocks))
}

const source = `package a

func f() {
	// docs:Call
	if ok {
		call()
	}

	done()
	// docs:end
}
`

const region = "if ok {\n\tcall()\n}\n\ndone()"

func TestCheckQuotes_FindsWhatDiffers(t *testing.T) {
	t.Parallel()
	files := []file{{"a_test.go", []byte(source)}}
	cases := map[string]struct{ page, finding string }{
		"equal":           {"<!-- from a_test.go#Call -->\n```go\n" + region + "\n```\n", ""},
		"a whole file":    {"```go\n// Package a is one.\npackage a\n```\n", ""},
		"another tongue":  {"```sql\nselect 1\n```\n", ""},
		"Go inside text":  {"````text\n```go\ncall()\n```\n````\n", ""},
		"a stale quote":   {"<!-- from a_test.go#Call -->\n```go\ncall()\n```\n", "page.md:2: differs from a_test.go#Call"},
		"a lost region":   {"<!-- from a_test.go#Gone -->\n```go\ncall()\n```\n", "no region between // docs:Gone"},
		"a lost file":     {"<!-- from b_test.go#Call -->\n```go\ncall()\n```\n", "no file b_test.go"},
		"a bare fragment": {"Words.\n\n```go\ncall()\n```\n", "page.md:3: is no whole file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			blocks, findings := fences(file{"page.md", []byte(c.page)})
			require.Empty(t, findings)
			findings = checkQuotes(blocks, files)
			if c.finding == "" {
				require.Empty(t, findings)
				return
			}
			require.Len(t, findings, 1)
			require.Contains(t, findings[0], c.finding)
		})
	}
}

func TestFences_RefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"1. a\n   ```go\n   call()\n   ```\n", "```go\ncall()\n"} {
		_, findings := fences(file{"page.md", []byte(page)})
		require.Len(t, findings, 1)
	}
}

func TestRequote_CopiesRegionsIntoThePage(t *testing.T) {
	t.Parallel()
	files := []file{{"a_test.go", []byte(source)}}
	page := func(block string) []byte {
		return []byte("Before.\n\n<!-- from a_test.go#Call -->\n```go\n" + block + "```\n\n```go\npackage b\n```\n")
	}
	for _, stale := range []string{"", "\n", "one\n", "one\n\ntwo\nthree\nfour\nfive\nsix\n", region + "\n"} {
		require.Equal(t, string(page(region+"\n")), string(requote(file{"page.md", page(stale)}, files)))
	}
}

func TestCompile_FindsWhatDoesNotCompile(t *testing.T) {
	t.Parallel()
	fine := fence{page: "fine.md", line: 1, text: "package a\n\nimport \"" + Module + "/core/job\"\n\nvar ID job.ID"}
	wrong := fence{page: "wrong.md", line: 6, text: "package main\n\nfunc main() {\n\tcall()\n}"}
	test := fence{page: "test.md", line: 2, text: "package b\n\nimport (\n\t\"testing\"\n)\n\nfunc TestB(t *testing.T) { t.Gone() }"}

	require.NoError(t, compile(root, t.TempDir(), []fence{fine}))
	err := compile(root, t.TempDir(), []fence{fine, wrong, test})
	require.ErrorContains(t, err, "wrong.md:10")
	require.ErrorContains(t, err, "undefined: call")
	require.ErrorContains(t, err, "test.md:9")
	require.NotContains(t, err.Error(), "fine.md")
}
