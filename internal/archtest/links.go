package archtest

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

var (
	link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
	code = regexp.MustCompile("`[^`]*`")
)

// checkLinks reports relative links of pages that lead to no file.
func checkLinks(pages, files []file) (findings []string) {
	known := map[string]bool{}
	for _, f := range files {
		for place := f.path; place != "."; place = path.Dir(place) { // folders are places, too
			known[place] = true
		}
	}
	for _, p := range pages {
		inCode := false
		for n, line := range strings.Split(string(p.text), "\n") {
			if strings.HasPrefix(line, "```") {
				inCode = !inCode
			}
			for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
				if inCode || strings.Contains(m[1], "://") {
					continue
				}
				if to := path.Join(path.Dir(p.path), m[1]); !known[to] {
					findings = append(findings, fmt.Sprintf("%s:%d: links to %s, which is not there", p.path, n+1, m[1]))
				}
			}
		}
	}
	return findings
}

// checkIndexed reports pages below docs that the index does not link to.
func checkIndexed(index file, pages []file) (findings []string) {
	for _, p := range pages {
		within, ok := strings.CutPrefix(p.path, "docs/")
		if ok && p.path != index.path && !strings.Contains(string(index.text), "]("+within+")") {
			findings = append(findings, fmt.Sprintf("%s: does not link to %s", index.path, within))
		}
	}
	return findings
}
