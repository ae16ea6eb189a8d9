// Package scenario plays what users do, start to finish, through the root package
// on any store: the acceptance list in executable form.
//
// A package that wires a store has
//
//	func TestScenarios(t *testing.T) { scenario.Run(t, open) }
//
// The scenarios run in real time, so that they also hold for stores whose clock
// is a database's.
package scenario
