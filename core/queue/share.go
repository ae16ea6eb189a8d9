package queue

// Share is a queue's weight in a smooth weighted round robin.
type Share struct {
	Queue  string
	Weight int // at least 1
}

// Credit is the running state of a smooth weighted round robin: how much each
// queue that had work at the last claim is owed, in fractions of its weight. The
// zero value starts afresh. It is made by Plan.Arrange, for the next claim's View.
type Credit map[string]int

// Idle tells whether the queue was found empty, while others were not, when it
// was last asked. Idle queues have no part in Quotas; a strategy asks them again
// by steps of their own before all others.
func (c Credit) Idle(queue string) bool {
	_, busy := c[queue]
	return len(c) > 0 && !busy
}

// Quotas plays n picks of the round robin over the shares that are not idle, and
// returns how many each share gets, in the order of shares.
//
// After any number of picks no share is off its ideal by a whole start: the
// contract of the picks, and where it comes from, stands at robin in this package.
func (c Credit) Quotas(shares []Share, n int) []int {
	quotas, _ := c.Deal(shares, n)
	return quotas
}

// Deal plays n picks as Quotas does, and also returns how much each share is
// owed after them, in the order of shares: the order in which to spill.
func (c Credit) Deal(shares []Share, n int) (quotas, owed []int) {
	quotas = make([]int, len(shares))
	r := newRobin(shares, c)
	if len(shares) == 0 {
		return quotas, r.credit
	}
	for range max(0, n) {
		quotas[r.pick(nil)]++
	}
	return quotas, r.credit
}
