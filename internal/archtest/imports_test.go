package archtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

func TestPackages_KeepToThePlanOfTheHouse(t *testing.T) {
	t.Parallel()
	packages, err := list(root)
	require.NoError(t, err)
	require.Greater(t, len(packages), 10)
	require.Empty(t, checkImports(house, packages))
	require.Empty(t, checkDocs(packages))
}

// Each case plants one import and tells what is found.
func TestCheckImports_FindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	const (
		pgx     = "github.com/jackc/pgx/v5/pgxpool"
		fx      = "go.uber.org/fx"
		zerolog = "github.com/rs/zerolog"
		env     = "github.com/caarlos0/env/v11"
		testify = "github.com/stretchr/testify/require"
	)
	own := func(path string) string { return Module + "/" + path }
	cases := map[string]struct {
		in, imports string
		test        bool
		fine        bool
	}{
		"a value knows a value":                 {in: "core/queue", imports: own("core/job"), fine: true},
		"a value knows the standard library":    {in: "core/job", imports: "encoding/json", fine: true},
		"a value reads files":                   {in: "core/job", imports: "os"},
		"a value opens connections":             {in: "core/retry", imports: "net/http"},
		"a value knows the ports":               {in: "core/job", imports: own("ports")},
		"a value knows the engine":              {in: "core/event", imports: own("core/engine")},
		"a value's test knows the engine":       {in: "core/job", imports: own("core/engine"), test: true},
		"a value's test knows a value":          {in: "core/queue", imports: own("core/job"), test: true, fine: true},
		"a value's test requires":               {in: "core/job", imports: testify, test: true, fine: true},
		"a value's test dials a database":       {in: "core/job", imports: pgx, test: true},
		"a value requires":                      {in: "core/job", imports: testify},
		"the ports know a value":                {in: "ports", imports: own("core/event"), fine: true},
		"the ports know the engine":             {in: "ports", imports: own("core/engine")},
		"the ports know SQL":                    {in: "ports", imports: "database/sql"},
		"the suites know an adapter":            {in: "ports/portstest", imports: own("adapters/memory")},
		"the suites' tests know an adapter":     {in: "ports/portstest", imports: own("adapters/memory"), test: true, fine: true},
		"interceptors know the engine":          {in: "core/intercept", imports: own("core/engine")},
		"the engine knows interceptors":         {in: "core/engine", imports: own("core/intercept"), fine: true},
		"the engine knows a strategy":           {in: "core/engine", imports: own("strategies")},
		"the engine knows an adapter":           {in: "core/engine", imports: own("adapters/system")},
		"the engine knows the front door":       {in: "core/engine", imports: Module},
		"the front door knows the engine":       {in: ".", imports: own("core/engine"), fine: true},
		"the front door makes ids":              {in: ".", imports: own("adapters/system"), fine: true},
		"the front door knows a store":          {in: ".", imports: own("adapters/memory")},
		"the front door's tests know a store":   {in: ".", imports: own("adapters/memory"), test: true, fine: true},
		"the front door knows a strategy":       {in: ".", imports: own("strategies")},
		"the front door knows pgx":              {in: ".", imports: pgx},
		"postgres knows pgx":                    {in: "adapters/postgres", imports: pgx, fine: true},
		"postgres knows a part of its own":      {in: "adapters/postgres", imports: own("adapters/postgres/internal/wire"), fine: true},
		"postgres knows another adapter":        {in: "adapters/postgres", imports: own("adapters/system")},
		"postgres knows a namesake":             {in: "adapters/postgres", imports: own("adapters/postgresql")},
		"postgres knows the engine":             {in: "adapters/postgres", imports: own("core/engine")},
		"postgres knows interceptors":           {in: "adapters/postgres", imports: own("core/intercept")},
		"postgres knows a strategy":             {in: "adapters/postgres", imports: own("strategies")},
		"postgres knows the front door":         {in: "adapters/postgres", imports: Module},
		"postgres logs with zerolog":            {in: "adapters/postgres", imports: zerolog},
		"logging logs with zerolog":             {in: "adapters/logging", imports: zerolog, fine: true},
		"memory knows pgx":                      {in: "adapters/memory", imports: pgx},
		"a strategy knows an adapter":           {in: "strategies", imports: own("adapters/memory")},
		"a strategy knows SQL":                  {in: "strategies", imports: "database/sql"},
		"test helpers know the memory store":    {in: "tasktowertest", imports: own("adapters/memory"), fine: true},
		"test helpers know Postgres":            {in: "tasktowertest", imports: own("adapters/postgres")},
		"test helpers bring testify along":      {in: "tasktowertest", imports: testify},
		"the dashboard knows the front door":    {in: "dashboard", imports: Module, fine: true},
		"the dashboard knows the engine":        {in: "dashboard", imports: own("core/engine")},
		"modules know everything":               {in: "modules", imports: own("adapters/postgres"), fine: true},
		"modules know fx":                       {in: "modules", imports: fx, fine: true},
		"modules read the environment":          {in: "modules", imports: env, fine: true},
		"the front door knows fx":               {in: ".", imports: fx},
		"the front door's examples know fx":     {in: ".", imports: fx, test: true, fine: true},
		"an adapter reads the environment":      {in: "adapters/logging", imports: env},
		"a command knows a module":              {in: "cmd/demo", imports: own("modules"), fine: true},
		"a command knows what nobody has named": {in: "cmd/demo", imports: "github.com/pkg/errors"},
		"a room that is not on the plan":        {in: "adapters/redis", imports: own("ports")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := Module + "/" + c.in
			if c.in == "." {
				path = Module
			}
			planted := pkg{ImportPath: path, Imports: []string{c.imports}}
			if c.test {
				planted = pkg{ImportPath: path, XTestImports: []string{c.imports}}
			}
			found := checkImports(house, []pkg{planted})
			if c.fine {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Contains(t, found[0], c.in)
		})
	}
}

func TestCheckDocs_FindsASilentPackage(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"core/job: has no package comment"}, checkDocs([]pkg{
		{ImportPath: Module + "/core/job", GoFiles: []string{"job.go"}},
		{ImportPath: Module + "/core/queue", GoFiles: []string{"queue.go"}, Doc: "Package queue is about queues."},
		{ImportPath: Module + "/internal/suite"}, // tests only
	}))
}
