package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// fence is a block of Go code in a page of the documentation.
type fence struct {
	page string // path of the page
	line int    // of the opening fence, from 1
	from string // "path#Name" of the region it quotes; empty: it stands alone
	text string
}

var (
	opening = regexp.MustCompile("^(\\s*)(```+)\\s*([\\w+-]*)")
	quotes  = regexp.MustCompile(`^<!-- from (\S+) -->$`)
	begin   = regexp.MustCompile(`^\s*// docs:(\w+)$`)
)

// fences finds the blocks of Go code in a page. The line above a block may say
// which region of which file it quotes:
//
//	<!-- from docs/examples/welcome/email.go#Email -->
func fences(page file) (found []fence, findings []string) {
	lines := strings.Split(string(page.text), "\n")
	for i := 0; i < len(lines); i++ {
		m := opening.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		start, end := i, i+1
		for end < len(lines) && strings.TrimSpace(lines[end]) != m[2] {
			end++
		}
		i = end
		if m[3] != "go" {
			continue
		}
		if m[1] != "" || end == len(lines) {
			findings = append(findings, fmt.Sprintf("%s:%d: a block of Go code is indented or never ends", page.path, start+1))
			continue
		}
		f := fence{page: page.path, line: start + 1, text: strings.Join(lines[start+1:end], "\n")}
		if start > 0 {
			if q := quotes.FindStringSubmatch(lines[start-1]); q != nil {
				f.from = q[1]
			}
		}
		found = append(found, f)
	}
	return found, findings
}

// program tells whether the block is a whole file, which can be compiled.
func (f fence) program() bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", f.text, parser.PackageClauseOnly)
	return err == nil
}

func (f fence) String() string { return fmt.Sprintf("%s:%d", f.page, f.line) }

// checkQuotes reports blocks that differ from what they quote, and those that
// neither quote nor are a whole file.
func checkQuotes(blocks []fence, files []file) (findings []string) {
	for _, f := range blocks {
		if f.from == "" {
			if !f.program() {
				findings = append(findings, f.String()+": is no whole file; quote compiled code with <!-- from path#Name --> on the line above")
			}
			continue
		}
		want, err := quoted(f.from, files)
		switch {
		case err != nil:
			findings = append(findings, fmt.Sprintf("%s: %v", f, err))
		case want != f.text:
			findings = append(findings, fmt.Sprintf("%s: differs from %s; go test ./internal/archtest -update copies it", f, f.from))
		}
	}
	return findings
}

// requote is the page with every block as the region it quotes.
func requote(page file, files []file) []byte {
	lines := strings.Split(string(page.text), "\n")
	blocks, _ := fences(page)
	for _, f := range slices.Backward(blocks) {
		if want, err := quoted(f.from, files); err == nil {
			old := strings.Count(f.text, "\n") + 1
			if f.text == "" && lines[f.line] != "" {
				old = 0 // a block without a line
			}
			lines = slices.Replace(lines, f.line, f.line+old, strings.Split(want, "\n")...)
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// quoted is the text of a region "path#Name": what stands in the file between
// "// docs:Name" and the next "// docs:end", without its common indent.
func quoted(from string, files []file) (string, error) {
	path, name, _ := strings.Cut(from, "#")
	at := slices.IndexFunc(files, func(f file) bool { return f.path == path })
	if at < 0 || !strings.HasSuffix(path, ".go") {
		return "", fmt.Errorf("there is no file %s of Go code", path)
	}
	var region []string
	inside := false
	for line := range strings.Lines(string(files[at].text)) {
		line = strings.TrimSuffix(line, "\n")
		m := begin.FindStringSubmatch(line)
		switch {
		case m != nil && m[1] == "end" && inside:
			return dedent(region), nil
		case m != nil && m[1] == name:
			inside = true
		case m == nil && inside:
			region = append(region, line)
		}
	}
	return "", fmt.Errorf("%s has no region between // docs:%s and // docs:end", path, name)
}

// dedent drops blank lines at the ends and the tabs that every line begins with.
func dedent(lines []string) string {
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	for text != "" {
		out := strings.Split(text, "\n")
		for i, line := range out {
			if line == "" {
				continue
			}
			if line[0] != '\t' {
				return text
			}
			out[i] = line[1:]
		}
		text = strings.Join(out, "\n")
	}
	return text
}
