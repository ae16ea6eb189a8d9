package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// results is everything that was measured, and on what.
type results struct {
	Machine  machine           `json:"machine"`
	Versions map[string]string `json:"versions"`
	Settings map[string]string `json:"settings"` // of PostgreSQL
	Size     size              `json:"size"`
	Results  []*result         `json:"results"`
}

// result is one run of a workload on one peer.
type result struct {
	Workload string   `json:"workload"`
	Peer     string   `json:"peer"`
	Run      int      `json:"run"` // from 1
	Figures  []figure `json:"figures,omitempty"`
	Points   []point  `json:"points,omitempty"`
	Error    string   `json:"error,omitempty"`
	Skipped  string   `json:"skipped,omitempty"` // why
}

// figure is one number. Its name ends with the unit.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// point is the state of a long run at one moment.
type point struct {
	Seconds    float64 `json:"seconds"`
	Done       int     `json:"done"` // completed jobs
	TableBytes float64 `json:"table_bytes"`
	IndexBytes float64 `json:"index_bytes"`
	Dead       float64 `json:"dead"` // dead rows, as far as the server's statistics know
}

func (r *result) add(name string, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		value = 0
	}
	r.Figures = append(r.Figures, figure{name, value})
}

// has says whether the run was measured already.
func (r *results) has(workload, peer string, run int) bool {
	return slices.ContainsFunc(r.Results, func(old *result) bool {
		return old.Workload == workload && old.Peer == peer && old.Run == run && old.Error == "" && old.Skipped == ""
	})
}

// put adds a run, or replaces it.
func (r *results) put(n *result) {
	r.Results = slices.DeleteFunc(r.Results, func(old *result) bool {
		return old.Workload == n.Workload && old.Peer == n.Peer && old.Run == n.Run
	})
	r.Results = append(r.Results, n)
}

// values of a figure of a peer, one per run.
func (r *results) values(peer, figure string) (all []float64) {
	for _, one := range r.Results {
		for _, f := range one.Figures {
			if f.Name == figure && one.Peer == peer {
				all = append(all, f.Value)
			}
		}
	}
	return all
}

// median of a figure of a peer over its runs.
func (r *results) median(peer, figure string) (v float64, ok bool) {
	all := r.values(peer, figure)
	if len(all) == 0 {
		return 0, false
	}
	return median(all), true
}

// figures are the names of all, in the order in which they were first measured.
func (r *results) figures() (names []string) {
	for _, one := range r.Results {
		for _, f := range one.Figures {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func (r *results) save(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return write(path, append(text, '\n'))
}

// load reads what save wrote; nothing there is no results.
func load(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &results{}, nil
	}
	if err != nil {
		return nil, err
	}
	r := &results{}
	return r, json.Unmarshal(text, r)
}

// write replaces a file in one step, so that a run that is cut off leaves the old one.
func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[n/2]
}

// percentile is the least value that p percent of v, which has some, do not exceed.
func percentile(v []float64, p float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[max(int(math.Ceil(p/100*float64(len(v)))), 1)-1]
}
