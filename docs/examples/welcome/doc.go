// Package welcome is the example that the documentation quotes: a sign-up that
// sends a mail later.
package welcome
