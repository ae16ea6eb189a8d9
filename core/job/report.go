package job

import (
	"encoding/json"
	"log/slog"
	"time"
)

// Limits of what the handler of one attempt may tell.
const (
	MaxProgressNote    = 1 << 10   // bytes
	MaxReportLine      = 4 << 10   // bytes of one line
	MaxReportLines     = 1000      // lines; later ones are counted, not kept
	MaxReportLineBytes = 256 << 10 // bytes of all lines; later ones are counted, not kept
	MaxOutput          = 256 << 10 // bytes of JSON
	MaxReports         = 20        // reports of one job; the newest are kept
)

// Report is what the handler of one attempt has told of its work.
type Report struct {
	Attempt  int             `json:"attempt"`
	Worker   string          `json:"worker"`             // its id
	Progress *Progress       `json:"progress,omitempty"` // the latest; nil: none was told
	Lines    []Line          `json:"lines,omitempty"`    // in the order in which they were written
	Dropped  int             `json:"dropped,omitempty"`  // lines beyond the limits
	Output   json.RawMessage `json:"output,omitempty"`   // stored with the attempt's result; nil: none
}

// Progress says how far a handler has come.
type Progress struct {
	Done  int       `json:"done"`
	Total int       `json:"total"` // 0: nobody knows
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
}

// Line is one line that a handler wrote about its job.
type Line struct {
	At    time.Time  `json:"at"`
	Level slog.Level `json:"level"`
	Text  string     `json:"text"`
}

// ReportUpdate is what a store has yet to hear of one attempt. It is fenced by
// Lease, as a Settlement is, and may be stored again without effect.
type ReportUpdate struct {
	ID      ID
	Lease   Lease
	Seq     int // the record's Seq when it was claimed
	Attempt int

	Progress *Progress       // nil: as before
	First    int             // the number of the first line; an attempt's lines count from 0
	Lines    []Line          // those from First on
	Dropped  int             // in all
	Output   json.RawMessage // checked JSON; nil: as before
}
