// Package tasktowertest helps to test code that enqueues and handles jobs.
//
//	func TestSignUp_SendsOneWelcomeMail(t *testing.T) {
//		smtp := &fakeSMTP{}
//		h := tasktowertest.New(t, tasktower.Handle(welcome.NewMailer(smtp)))
//		require.NoError(t, signUp(t.Context(), h.Client, "ada@example.org"))
//		require.Equal(t, int64(7), tasktowertest.RequireEnqueued[welcome.Email](t, h).Args.UserID)
//		h.Advance(t, 10*time.Minute) // runs whatever falls due on the way, on this goroutine
//		require.Len(t, smtp.Sent, 1)
//	}
//
// A Harness is a memory store on a clock that only the test moves, a client, and
// a worker that runs jobs when it is told to, one after the other, on the test's
// goroutine. An hour costs nothing, nothing runs behind the test's back, ids and
// jitter are the same each time, and a handler that fails the test fails it.
//
// The clock is the store's: what is due, when jobs were created, how long retries
// wait. Timeouts of handlers are measured by the real clock (or a
// testing/synctest bubble's), since handlers really run.
package tasktowertest
