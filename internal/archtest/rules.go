package archtest

// rule says what the packages it covers may import. Paths are relative to the
// module, "." is its root; a path that ends in "/..." covers what is below it,
// too. Packages below one of its own Packages may always know each other.
type rule struct {
	packages []string
	knows    []string // packages of this module; nil: none
	third    []string // modules or packages of others; nil: none
	pure     bool     // keeps away from files, networks, databases and processes

	// testKnows and testThird come on top in test files; nil: everything.
	testKnows []string
	testThird []string
}

var (
	values = []string{"core/job", "core/queue", "core/retry", "core/schedule", "core/event", "core/explain"}
	all    = []string{"..."}

	testTools = []string{"github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak"}
)

// impure are packages of the standard library that reach out of the process.
var impure = []string{"database/sql", "net", "os", "syscall"}

// house is the plan of the house. The first rule that covers a package holds;
// a package that none covers is a finding.
var house = []rule{
	{packages: values, knows: values, pure: true, testKnows: values, testThird: testTools},
	{packages: []string{"ports/portstest"}, knows: join(values, "ports"),
		third: join(testTools, "github.com/google/uuid")},
	{packages: []string{"ports"}, knows: values, pure: true},
	{packages: []string{"core/intercept"}, knows: join(values, "ports"), pure: true},
	{packages: []string{"core/engine"}, knows: join(values, "ports", "core/intercept"), pure: true},

	// The root package needs somebody to make ids for a client that was given
	// none: the zero ClientConfig works. adapters/system is small, needs nothing
	// but ports, and holds no driver; it is the only adapter the root may know.
	{packages: []string{"."}, knows: join(values, "ports", "core/intercept", "core/engine", "adapters/system")},

	{packages: []string{"adapters/postgres/..."}, knows: join(values, "ports"),
		third: []string{"github.com/jackc/pgx/v5", "github.com/jackc/puddle/v2"}},
	{packages: []string{"adapters/memory/..."}, knows: join(values, "ports")},
	{packages: []string{"adapters/system/..."}, knows: join(values, "ports"), third: []string{"github.com/google/uuid"}},
	{packages: []string{"adapters/logging/..."}, knows: join(values, "ports"), third: []string{"github.com/rs/zerolog"}},
	{packages: []string{"adapters/telemetry/..."}, knows: join(values, "ports"), third: []string{"go.opentelemetry.io"}},

	{packages: []string{"strategies/strategytest"}, knows: join(values, "ports"), third: testTools},
	{packages: []string{"strategies"}, knows: join(values, "ports"), pure: true},

	{packages: []string{"tasktowertest/..."}, knows: []string{".", "adapters/memory"}},
	{packages: []string{"dashboard/..."}, knows: []string{"."}},

	{packages: []string{"modules/...", "cmd/...", "docs/examples/..."}, knows: all, third: []string{
		"github.com/caarlos0/env/v11", "github.com/jackc/pgx/v5", "github.com/rs/zerolog",
		"go.opentelemetry.io", "go.uber.org/fx",
	}},

	// Helpers of ours that no user's program links.
	{packages: []string{"internal/pgtest"}, third: []string{"github.com/jackc/pgx/v5"}},
	{packages: []string{"internal/..."}, knows: all, third: testTools},
}

func join(list []string, more ...string) []string {
	return append(append([]string(nil), list...), more...)
}
