// Package retries checks what docs/how-to/retry-failed-jobs.md says about waits.
package retries
