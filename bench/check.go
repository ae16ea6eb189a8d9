package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// tolerance is how much of a ratio may be lost before it is an error.
const tolerance = 0.15

// baseline is the ratios of a brief run, as they were last recorded.
type baseline struct {
	Machine  machine            `json:"machine"`
	Versions map[string]string  `json:"versions"`
	Ratios   map[string]float64 `json:"ratios"` // by the title of the target
}

// ratios are those of the results that are steady enough to be compared.
func ratios(r *results) map[string]float64 {
	all := map[string]float64{}
	for _, v := range judge(r, targets(r.Size)) {
		if v.known && v.than != "" && !v.noisy {
			all[v.title] = v.value
		}
	}
	return all
}

// checkBaseline compares the results with the baseline, or writes it.
func checkBaseline(out io.Writer, cfg config, r *results) error {
	now := baseline{r.Machine, r.Versions, ratios(r)}
	if cfg.record {
		if len(now.Ratios) == 0 {
			return errors.New("nothing was measured that could be recorded")
		}
		text, err := json.MarshalIndent(now, "", "\t")
		if err != nil {
			return err
		}
		return write(cfg.baseline, append(text, '\n'))
	}
	text, err := os.ReadFile(cfg.baseline)
	if err != nil {
		return fmt.Errorf("no baseline (-check -record writes one): %w", err)
	}
	var then baseline
	if err := json.Unmarshal(text, &then); err != nil {
		return fmt.Errorf("%s: %w", cfg.baseline, err)
	}
	if then.Machine != now.Machine {
		fmt.Fprintf(out, "The baseline is of another machine: %+v. Ratios may differ for that.\n\n", then.Machine)
	}
	lost := losses(then.Ratios, now.Ratios, targets(r.Size))
	fmt.Fprintln(out, "| comparison | recorded | now |\n|---|---:|---:|")
	compared := 0
	for _, t := range targets(r.Size) {
		before, ok := then.Ratios[t.title]
		after, measured := now.Ratios[t.title]
		if ok && measured {
			compared++
			fmt.Fprintf(out, "| %s | %s | %s |\n", t.title, number(before), number(after))
		}
	}
	if compared == 0 {
		return errors.New("no ratio of the baseline was measured")
	}
	return errors.Join(lost...)
}

// losses are the ratios that got worse by more than the tolerance.
func losses(then, now map[string]float64, all []target) (lost []error) {
	for _, t := range all {
		before, after := then[t.title], now[t.title]
		if before == 0 || after == 0 {
			continue
		}
		if t.than == ours && !t.atMost {
			before = min(before, 1) // nothing is faster with a handicap than without: that was noise
		}
		kept := after / before
		if t.atMost {
			kept = before / after
		}
		if kept < 1-tolerance {
			lost = append(lost, fmt.Errorf("%s: was %s and is %s, a loss of %.0f %%", t.title, number(before), number(after), 100*(1-kept)))
		}
	}
	return lost
}
