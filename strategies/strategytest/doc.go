// Package strategytest proves strategies. Test holds what every strategy has to
// keep, whatever it prefers; your own passes it with one line:
//
//	func TestMine(t *testing.T) { strategytest.Test(t, func() ports.Strategy { return Mine{} }) }
//
// Sim is one worker in front of queues in memory. It claims as a store does, by
// queue.Plan.Walk and Arrange, so a test can count who starts, and in which
// order, without a store, a clock or a goroutine. Simulate runs it over queues
// that never run dry.
package strategytest
