package retry

import (
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

const choices = "progressive, classic, exponential:1s:1h, fixed:30s, steps:1s,5s or none"

// Parse reads the text form of a policy: "progressive", "classic",
// "exponential:base:ceiling", "fixed:wait", "steps:wait,wait,…" or "none", with
// waits as time.ParseDuration reads them. The name may be in any case, and
// blanks around names and waits are dropped.
//
// The policy that comes back passes Check, and its String parses to an equal
// policy. The error matches job.ErrInvalid.
func Parse(text string) (Policy, error) {
	name, rest, hasRest := strings.Cut(text, ":")
	plain := map[string]Policy{"progressive": Progressive(), "classic": TaskTowerClassic(), "none": None()}

	var p Policy
	var err error
	switch name = strings.ToLower(strings.TrimSpace(name)); {
	case plain[name] != nil:
		if hasRest {
			return nil, job.Invalid("retry", "%s takes no waits", name)
		}
		return plain[name], nil
	case name == "exponential":
		p, err = parseExponential(rest)
	case name == "fixed":
		p, err = parseFixed(rest)
	case name == "steps":
		p, err = parseSteps(rest)
	default:
		return nil, job.Invalid("retry", "unknown policy %q; want %s", job.Clip(text, 40), choices)
	}
	if err == nil {
		err = Check(p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Storable returns the text form under which p can be kept with a job. It is
// false for policies that Parse would not give back: a Func, policies from
// outside, and those that Check refuses.
func Storable(p Policy) (string, bool) {
	switch p.(type) {
	case progressive, classic, exponential, fixed, *steps, none:
		return p.String(), Check(p) == nil
	}
	return "", false
}

func parseExponential(text string) (Policy, error) {
	first, second, ok := strings.Cut(text, ":")
	if !ok {
		return nil, job.Invalid("retry", "exponential wants a base and a ceiling, as in exponential:1s:1h")
	}
	base, err := parseWait(first)
	if err != nil {
		return nil, err
	}
	ceiling, err := parseWait(second)
	if err != nil {
		return nil, err
	}
	return Exponential(base, ceiling), nil
}

func parseFixed(text string) (Policy, error) {
	wait, err := parseWait(text)
	if err != nil {
		return nil, err
	}
	return Fixed(wait), nil
}

func parseSteps(text string) (Policy, error) {
	items := strings.SplitN(text, ",", MaxSteps+2)
	if len(items) > MaxSteps {
		return nil, job.Invalid("retry", "more than %d steps", MaxSteps)
	}
	waits := make([]time.Duration, len(items))
	for i, item := range items {
		wait, err := parseWait(item)
		if err != nil {
			return nil, err
		}
		waits[i] = wait
	}
	return Steps(waits...), nil
}

func parseWait(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	wait, err := time.ParseDuration(text)
	if err != nil {
		return 0, job.Invalid("retry", "%q is not a duration; want one like 30s or 1h30m", job.Clip(text, 40))
	}
	return wait, nil
}
