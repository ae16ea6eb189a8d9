// Command quickstart is the whole program that the README shows: it migrates,
// enqueues one mail and works until it is interrupted.
package main
