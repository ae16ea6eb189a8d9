package archtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Module is the path of the module whose house this is.
const Module = "github.com/task-tower/tasktower"

// pkg is what the go command knows of a package.
type pkg struct {
	ImportPath   string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list asks the go command for every package below dir.
func list(dir string) ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,GoFiles,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var packages []pkg
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := in.Decode(&p); err == io.EOF {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// checkImports reports every import that the rules forbid.
func checkImports(rules []rule, packages []pkg) (findings []string) {
	for _, p := range packages {
		path := relative(p.ImportPath)
		r, ok := ruleOf(rules, path)
		if !ok {
			findings = append(findings, fmt.Sprintf("%s: has no rule in internal/archtest/rules.go", path))
			continue
		}
		for _, i := range p.Imports {
			if !r.allows(path, i) {
				findings = append(findings, fmt.Sprintf("%s must not import %s", path, i))
			}
		}
		for _, i := range append(slices.Clone(p.TestImports), p.XTestImports...) {
			if !r.testAllows(path, i) {
				findings = append(findings, fmt.Sprintf("tests of %s must not import %s", path, i))
			}
		}
	}
	slices.Sort(findings)
	return slices.Compact(findings)
}

// checkDocs reports packages without a doc comment.
func checkDocs(packages []pkg) (findings []string) {
	for _, p := range packages {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			findings = append(findings, relative(p.ImportPath)+": has no package comment")
		}
	}
	return findings
}

func ruleOf(rules []rule, path string) (rule, bool) {
	for _, r := range rules {
		if covers(r.packages, path) {
			return r, true
		}
	}
	return rule{}, false
}

func (r rule) allows(path, imported string) bool {
	switch {
	case standard(imported):
		return !r.pure || !under(impure, imported)
	case own(imported):
		i := relative(imported)
		return i == path || covers(r.knows, i) || covers(r.family(path), i)
	}
	return under(r.third, imported)
}

func (r rule) testAllows(path, imported string) bool {
	switch {
	case standard(imported):
		return true
	case own(imported):
		return r.testKnows == nil || r.allows(path, imported) || covers(r.testKnows, relative(imported))
	}
	return r.testThird == nil || r.allows(path, imported) || under(r.testThird, imported)
}

// family is what lies below the same "/..." as path.
func (r rule) family(path string) []string {
	return slices.DeleteFunc(slices.Clone(r.packages), func(pattern string) bool {
		return !strings.HasSuffix(pattern, "/...") || !covers([]string{pattern}, path)
	})
}

// covers tells whether one of the patterns covers the path; "..." covers all.
func covers(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
			return path == tree || strings.HasPrefix(path, tree+"/")
		}
		return pattern == "..." || pattern == path
	})
}

// under tells whether path is one of the roots or lies below one.
func under(roots []string, path string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

func own(path string) bool { return under([]string{Module}, path) }

// standard tells packages of the standard library: their first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func relative(path string) string {
	if path == Module {
		return "."
	}
	return strings.TrimPrefix(path, Module+"/")
}
