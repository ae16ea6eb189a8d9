// Command wire is the program that docs/how-to/wire-with-fx.md quotes: welcome
// mails, wired with fx.
package main
