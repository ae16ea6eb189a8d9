package archtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxLines is where a file of Go code is looked at for its second idea.
const maxLines = 400

// unfinished are the words for what is left undone. This file must not hold one.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// file is a text file of the repository.
type file struct {
	path string // slashed, relative to the repository
	text []byte
}

// read reads the text files below dir, but for what git and tools keep there.
func read(dir string) (files []file, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist", "node_modules"}, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || entry.Name() == "go.sum" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		path, err = filepath.Rel(dir, path)
		files = append(files, file{filepath.ToSlash(path), text})
		return err
	})
	return files, err
}

// checkFinished reports words for what is left undone.
func checkFinished(files []file) (findings []string) {
	for _, f := range files {
		for n, line := range strings.Split(string(f.text), "\n") {
			if word := unfinished.FindString(line); word != "" {
				findings = append(findings, fmt.Sprintf("%s:%d: %s", f.path, n+1, word))
			}
		}
	}
	return findings
}

// checkLength reports files of Go code beyond maxLines that are not in allowed,
// which gives reasons by path, and those in allowed that need no leave any more.
func checkLength(files []file, allowed map[string]string) (findings []string) {
	long := map[string]bool{}
	for _, f := range files {
		lines := bytes.Count(f.text, []byte("\n"))
		if !strings.HasSuffix(f.path, ".go") || lines <= maxLines {
			continue
		}
		long[f.path] = true
		if allowed[f.path] == "" {
			findings = append(findings, fmt.Sprintf("%s: has %d lines; more than %d are two ideas, or need a reason in archtest", f.path, lines, maxLines))
		}
	}
	for path := range allowed {
		if !long[path] {
			findings = append(findings, path+": is not long any more; take it out of archtest's list")
		}
	}
	slices.Sort(findings)
	return findings
}
