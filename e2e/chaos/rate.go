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
