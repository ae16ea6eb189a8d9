// Package strategies holds the ways in which a worker can share its slots among
// queues, to be written into its configuration:
//
//	Strategy: strategies.Strict(map[string]int{"critical": 3, "mail": 2, "default": 1}),
//
// FIFO looks at age alone, not even at jobs' priorities, which every other one
// heeds within a queue; AlphaNumeric looks at the queues' names; Index and Strict at
// priorities, with and without the queues that have none; Weighted shares the
// starts by weight. Caps and Ageing wrap any of them, or a strategy of your own.
//
// Constructors do not fail, so that they can stand inside a configuration. What
// they return has a method Check() error, which a worker calls at its start: it
// joins every mistake in the priorities, each matching job.ErrInvalid. A strategy
// that was not checked still never panics.
//
// A strategy is a pure function from a queue.View to a queue.Plan; package queue
// says what a plan means. To write one, implement ports.Strategy and prove it
// with strategies/strategytest; a Check method is welcome but not needed.
package strategies
