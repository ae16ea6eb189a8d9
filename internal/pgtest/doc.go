// Package pgtest gives tests a PostgreSQL server and each test its own database.
//
// The server is the one that TASKTOWER_TEST_DATABASE_URL names, whose role must
// be allowed to create databases, or else a throwaway cluster started from the
// server binaries found on this machine. One cluster serves one test process. It
// ends with the process, also if that is killed. With neither a test fails and
// says how to get one.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
package pgtest
