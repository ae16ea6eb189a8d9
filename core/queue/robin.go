package queue

import "math/bits"

// creditUnit is how many units of credit one unit of weight is worth, so that
// credit can be split among queues without a rounding that shows.
const creditUnit = 1 << (bits.UintSize / 4)

// MaxWeights is the most that the weights of a plan's shares add up to.
const MaxWeights = 1 << (bits.UintSize/2 - 2)

// robin deals starts to shares, one by one, so that each share's part of any run
// of starts is off its ideal by less than one start.
//
// Each pick adds every share's weight to its credit. Of those owed at least the
// slack of W/(2n-2), W being the sum of the n weights, the pick takes the one
// that would first be owed W less the slack, and subtracts W from it. Of equals
// it takes the one owed most, then the first.
//
// The simpler rule of nginx, always to take the one owed most, deals the same
// order to two or three usual weights, but is off by more than a start from four
// queues on: weights of 199, 199, 20 and 1 are enough.
// Source: R. Tijdeman, "The chairman assignment problem", Discrete Mathematics
// 32, 1980: the least possible bound, 1 - 1/(2n-2).
type robin struct {
	weight []int // in units of credit
	credit []int
	gone   []bool
	total  int // weight of those not gone
	count  int // how many are not gone
}

// newRobin begins with the shares that are not idle, or with all if all are.
func newRobin(shares []Share, credit Credit) *robin {
	n := len(shares)
	row := make([]int, 2*n)
	r := &robin{weight: row[:n:n], credit: row[n:], gone: make([]bool, n)}
	for i, s := range shares {
		r.weight[i], r.gone[i] = s.Weight*creditUnit, true
		if !credit.Idle(s.Queue) {
			r.join(i, credit[s.Queue])
		}
	}
	if r.count == 0 {
		for i := range shares {
			r.join(i, 0)
		}
	}
	return r
}

// join takes a share in that is owed so much.
func (r *robin) join(i, credit int) {
	if !r.gone[i] {
		return
	}
	r.gone[i], r.credit[i] = false, credit
	r.total += r.weight[i]
	r.count++
}

// pick takes a share that is not gone and, if can is not nil, for which can is
// true. There has to be one.
func (r *robin) pick(can []bool) int {
	slack := 0
	if r.count > 1 {
		slack = r.total / (2*r.count - 2)
	}
	best, bestPicks := -1, 0
	for i, w := range r.weight {
		if r.gone[i] {
			continue
		}
		r.credit[i] += w
		if can != nil && !can[i] {
			continue
		}
		picks := -1 // until it is owed too much; not yet owed enough
		if r.credit[i] >= slack {
			picks = max(0, (r.total-slack-r.credit[i]+w-1)/w)
		}
		if best < 0 || sooner(picks, r.credit[i], bestPicks, r.credit[best]) {
			best, bestPicks = i, picks
		}
	}
	r.credit[best] -= r.total
	return best
}

// sooner tells whether a share comes before the best so far; picks below 0 means
// that it is not owed enough to be chosen unless nobody is.
func sooner(picks, credit, bestPicks, bestCredit int) bool {
	switch {
	case (picks < 0) != (bestPicks < 0):
		return picks >= 0
	case picks != bestPicks:
		return picks < bestPicks
	}
	return credit > bestCredit
}

// leave takes a share out. Whoever leaves owes and is owed nothing: its credit
// goes to those who stay, by their weights, the sum of all credit stays nought.
// Source: I. Stoica, H. Abdel-Wahab, "Earliest Eligible Virtual Deadline First",
// 1995: how a client's lag is shared out when it leaves.
func (r *robin) leave(i int) {
	if r.gone[i] {
		return
	}
	left := r.credit[i]
	r.gone[i], r.credit[i] = true, 0
	r.total -= r.weight[i]
	r.count--

	credit, heaviest := left, -1
	for j, w := range r.weight {
		if r.gone[j] {
			continue
		}
		part := int(float64(credit) * (float64(w) / float64(r.total)))
		r.credit[j] += part
		left -= part
		if heaviest < 0 || w > r.weight[heaviest] {
			heaviest = j
		}
	}
	if heaviest >= 0 {
		r.credit[heaviest] += left
	}
}
