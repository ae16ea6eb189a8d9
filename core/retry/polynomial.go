package retry

import (
	"math"
	"math/rand/v2"
	"time"
)

// progressiveCeiling bounds Progressive before its jitter.
const progressiveCeiling = 6 * time.Hour

// Progressive waits min(6 h, n⁴ s + 5 s) × U(0.8, 1.2) before retry n: about
// 6 s, 21 s, 86 s, 4 min …, 7 h in all over the default ten retries.
//
// The early retries outlive a restart, the late ones an outage, and the jitter
// of a fifth parts jobs that failed together.
// Source: the fourth power is that of the retry waits of Sidekiq (M. Perham).
func Progressive() Policy { return progressive{} }

type progressive struct{}

func (progressive) Wait(n int, _ error, rng *rand.Rand) time.Duration {
	wait := min(progressiveCeiling, fourthPower(n)+5*time.Second)
	return wait*4/5 + draw(wait*2/5, rng)
}

func (progressive) String() string { return "progressive" }

// TaskTowerClassic waits n⁴ s + 16 s + n·U{0, 1, … 29} s before retry n, at most MaxWait.
//
// Source: the retry waits of Sidekiq (M. Perham), which Hangfire shares:
// (count⁴) + 15 + rand(30)·(count + 1), here with n counted from 1.
func TaskTowerClassic() Policy { return classic{} }

type classic struct{}

func (classic) Wait(n int, _ error, rng *rand.Rand) time.Duration {
	steady := fourthPower(n) + 16*time.Second
	if steady >= MaxWait { // n is 75 or more; below, no product can overflow
		return MaxWait
	}
	seconds := draw(29, rng)
	return min(MaxWait, steady+time.Duration(max(n, 1))*seconds*time.Second)
}

func (classic) String() string { return "classic" }

// fourthPower is n⁴ seconds, at most MaxWait; n below 1 counts as 1.
func fourthPower(n int) time.Duration {
	n = max(n, 1)
	if n >= 75 { // 75⁴ s is more than a year
		return MaxWait
	}
	return time.Duration(n*n*n*n) * time.Second
}

// draw is uniform over [0, most], both ends included; the middle without an rng.
func draw(most time.Duration, rng *rand.Rand) time.Duration {
	if most <= 0 {
		return 0
	}
	if rng == nil {
		return most / 2
	}
	if most == math.MaxInt64 {
		return time.Duration(rng.Int64())
	}
	return time.Duration(rng.Int64N(int64(most) + 1))
}
