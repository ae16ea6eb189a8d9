// Package retry holds the policies that say how long a failed job waits before
// it runs again, or that it does not.
//
// A policy is a pure value: it is handed the count of failures, the error and a
// source of chance, and answers a duration. The policies of this package have a
// text form, which is stored with a job and read back by Parse; a Func is code
// and stays with the kind it was registered for.
package retry
