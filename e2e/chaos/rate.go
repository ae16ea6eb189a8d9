package main

import (
	"slices"
	"time"
)

// rate is how many runs started per second between two moments.
func (c *chronicle) rate(from, to time.Time) float64 {
	return float64(c.startsBetween(from, to)) / to.Sub(from).Seconds()
}

func (c *chronicle) startsBetween(from, to time.Time) int {
	i, _ := slices.BinarySearchFunc(c.starts, from, time.Time.Compare)
	k, _ := slices.BinarySearchFunc(c.starts, to, time.Time.Compare)
	return k - i
}

// backTo is how long after a moment the first second began that had the rate; 0: never.
func (c *chronicle) backTo(rate float64, after time.Time) time.Duration {
	const step = 100 * time.Millisecond
	for d := step; d < time.Minute; d += step {
		if c.rate(after.Add(d), after.Add(d+time.Second)) >= rate {
			return d
		}
	}
	return 0
}

// nextStart is how long after a moment the next run started.
func (c *chronicle) nextStart(after time.Time) time.Duration {
	for _, at := range c.starts {
		if at.After(after) {
			return at.Sub(after)
		}
	}
	return 0
}

// waits are the times from the acknowledgement of jobs, between two moments, to
// their starts.
func (c *chronicle) waits(from, to time.Time) []time.Duration {
	var out []time.Duration
	for _, s := range c.jobs {
		if s.acked.After(from) && s.acked.Before(to) && len(s.runs) > 0 {
			out = append(out, max(s.runs[0].from.Sub(s.acked), 0))
		}
	}
	return out
}

// quantile of some durations; 0 of none.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(float64(len(sorted)-1)*q)]
}

// short is a duration as a note has it.
func short(d time.Duration) string { return d.Round(time.Millisecond / 10).String() }

// nextAck is how long after a moment the next enqueue was acknowledged; 0: none was.
func (c *chronicle) nextAck(after time.Time) time.Duration {
	var soonest time.Duration
	for _, s := range c.jobs {
		if d := s.acked.Sub(after); !s.acked.IsZero() && d > 0 && (soonest == 0 || d < soonest) {
			soonest = d
		}
	}
	return soonest
}

// claimTimes are how long claims took that brought jobs between two moments.
func (c *chronicle) claimTimes(from, to time.Time) []time.Duration {
	var out []time.Duration
	for _, cl := range c.claims {
		if cl.jobs > 0 && cl.at.After(from) && cl.at.Before(to) {
			out = append(out, cl.took)
		}
	}
	return out
}
