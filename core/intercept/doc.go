// Package intercept holds what users wrap around enqueueing and working:
// contextualizers that capture context parameters, interceptors that act at the
// stages of a job's life, and middleware around both.
package intercept
