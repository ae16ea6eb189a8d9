package main

import (
	"bytes"
	"go/scanner"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// counts is what an IndexFile finds.
type counts struct {
	Bytes       int64 `json:"bytes"`
	Lines       int64 `json:"lines"`
	Words       int64 `json:"words"`
	Identifiers int64 `json:"identifiers"` // of Go files
}

func (c *counts) add(more counts) {
	c.Bytes += more.Bytes
	c.Lines += more.Lines
	c.Words += more.Words
	c.Identifiers += more.Identifiers
}

// count looks through a file's content. Words are what blanks part; the last line
// counts without its newline.
func count(name string, content []byte) counts {
	c := counts{Bytes: int64(len(content)), Lines: int64(bytes.Count(content, []byte{'\n'}))}
	if n := len(content); n > 0 && content[n-1] != '\n' {
		c.Lines++
	}
	c.Words = words(content)
	if strings.HasSuffix(name, ".go") {
		c.Identifiers = identifiers(content)
	}
	return c
}

func words(content []byte) (n int64) {
	inside := false
	for i := 0; i < len(content); {
		r, size := rune(content[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(content[i:])
		}
		blank := unicode.IsSpace(r)
		if !blank && !inside {
			n++
		}
		inside = !blank
		i += size
	}
	return n
}

// identifiers counts Go identifiers; what is no Go ends up as illegal tokens.
func identifiers(content []byte) (n int64) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(content))
	s.Init(file, content, nil, 0)
	for {
		_, tok, _ := s.Scan()
		if tok == token.EOF {
			return n
		}
		if tok == token.IDENT {
			n++
		}
	}
}
