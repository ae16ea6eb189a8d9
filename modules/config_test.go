package modules

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

func TestDefaultConfig_SaysWhatTheOthersDo(t *testing.T) {
	t.Parallel()
	require.Equal(t, Config{
		Schema: postgres.DefaultSchema, CallTimeout: postgres.DefaultCallTimeout, Migrate: true,
		Concurrency:      tasktower.DefaultConcurrency,
		JobCheckInterval: tasktower.DefaultCheckInterval, QueueAnnouncementInterval: tasktower.DefaultCheckInterval,
		Heartbeat: tasktower.DefaultHeartbeat, Lease: tasktower.DefaultLease, Grace: tasktower.DefaultGrace,
		Overstay: tasktower.DefaultOverstay, Prefetch: tasktower.DefaultPrefetch,
		RescueInterval: tasktower.DefaultRescue, MaxCrashes: tasktower.DefaultMaxCrashes,
		RetentionCompleted: job.DefaultRetention().Completed, RetentionCancelled: job.DefaultRetention().Cancelled,
		RetentionDead: job.DefaultRetention().Dead, PruneInterval: tasktower.DefaultPruneInterval,
		MaxPayloadBytes: job.DefaultMaxPayloadBytes,
	}, DefaultConfig())
	require.NoError(t, Config{}.check(nil))
}

func TestLoad_ReadsEveryVariable(t *testing.T) {
	t.Parallel()
	c, err := load([]string{
		"TASKTOWER_DATABASE_URL=postgres://u:p@h/db", "TASKTOWER_SCHEMA=jobs",
		"TASKTOWER_LISTEN_DATABASE_URL=host=h", "TASKTOWER_POLL_ONLY=false", "TASKTOWER_CALL_TIMEOUT=1s", "TASKTOWER_DURABLE_CLAIMS=true",
		"TASKTOWER_MIGRATE=false", "TASKTOWER_QUEUES=mail, bulk", "TASKTOWER_CONCURRENCY=7",
		"TASKTOWER_JOB_CHECK_INTERVAL=2s", "TASKTOWER_QUEUE_ANNOUNCEMENT_INTERVAL=3s",
		"TASKTOWER_HEARTBEAT=1s", "TASKTOWER_LEASE=9s", "TASKTOWER_GRACE=0", "TASKTOWER_OVERSTAY=4s", "TASKTOWER_TIMEOUT=5m",
		"TASKTOWER_PREFETCH=0s", "TASKTOWER_RESCUE_INTERVAL=1s", "TASKTOWER_MAX_CRASHES=4", "TASKTOWER_MAX_PAYLOAD_BYTES=4096",
		"TASKTOWER_RETENTION_COMPLETED=1h", "TASKTOWER_RETENTION_CANCELLED=2h", "TASKTOWER_RETENTION_DEAD=-1s", "TASKTOWER_PRUNE_INTERVAL=0",
		"TASKTOWER_QUEUE_PRIORITIZATION=Strict", "TASKTOWER_QUEUE_PRIORITIES=mail:2,bulk:1",
		"TASKTOWER_LOG_LEVEL=warn", "PATH=/bin",
	})
	require.NoError(t, err)
	require.Equal(t, Config{
		DatabaseURL: "postgres://u:p@h/db", Schema: "jobs", ListenDatabaseURL: "host=h", CallTimeout: time.Second, DurableClaims: true,
		Queues: []string{"mail", "bulk"}, Concurrency: 7,
		JobCheckInterval: 2 * time.Second, QueueAnnouncementInterval: 3 * time.Second,
		Heartbeat: time.Second, Lease: 9 * time.Second, Grace: -1, Overstay: 4 * time.Second, Timeout: 5 * time.Minute, Prefetch: -1,
		RescueInterval: time.Second, MaxCrashes: 4,
		RetentionCompleted: time.Hour, RetentionCancelled: 2 * time.Hour, RetentionDead: -time.Second, PruneInterval: -1,
		MaxPayloadBytes: 4096, QueuePrioritization: "Strict", QueuePriorities: "mail:2,bulk:1", LogLevel: "warn",
	}, c)
	s, err := c.strategy()
	require.NoError(t, err)
	require.Equal(t, "strict", s.Name())
}

func TestLoad_NamesEachMistake(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		environ []string
		want    []string // each as the whole text of one error
	}{
		"nothing set":                         {nil, nil},
		"empty is not set":                    {[]string{"TASKTOWER_CONCURRENCY=", "TASKTOWER_MIGRATE= "}, nil},
		"no number":                           {[]string{"TASKTOWER_CONCURRENCY=many"}, []string{`invalid TASKTOWER_CONCURRENCY: is "many"; want a whole number`}},
		"no duration":                         {[]string{"TASKTOWER_LEASE=30"}, []string{`invalid TASKTOWER_LEASE: is "30"; want a duration such as 500ms, 30s or 5m`}},
		"an explicit zero":                    {[]string{"TASKTOWER_OVERSTAY=0s"}, []string{"invalid TASKTOWER_OVERSTAY: is 0; want more than 0, or leave it out for the default"}},
		"an explicit zero, and a known limit": {[]string{"TASKTOWER_CONCURRENCY=0"}, []string{"invalid TASKTOWER_CONCURRENCY: is 0; want 1 to 10000, or leave it out for the default"}},
		"a negative grace":                    {[]string{"TASKTOWER_GRACE=-5s"}, []string{"invalid TASKTOWER_GRACE: is -5s; want 0 to 24h, 0 for not at all"}},
		"a negative prefetch":                 {[]string{"TASKTOWER_PREFETCH=-1ms"}, []string{"invalid TASKTOWER_PREFETCH: is -1ms; want 0 to 200ms, 0 for not at all"}},
		"an address that is not listened to": {[]string{"TASKTOWER_POLL_ONLY=true", "TASKTOWER_LISTEN_DATABASE_URL=host=h"}, []string{
			"invalid TASKTOWER_LISTEN_DATABASE_URL: is set, and TASKTOWER_POLL_ONLY=true keeps it from being used; leave one of them out"}},
		"a schema that PostgreSQL keeps for itself": {[]string{"TASKTOWER_SCHEMA=pg_jobs"}, []string{
			`invalid TASKTOWER_SCHEMA: is "pg_jobs"; PostgreSQL keeps names that begin with pg_ for itself`}},
		"one that cannot be read beside others": {[]string{"TASKTOWER_GRACE=x", "TASKTOWER_CONCURRENCY=-1", "TASKTOWER_QUEUE_PRIORITIES=a:1"}, []string{
			`invalid TASKTOWER_GRACE: is "x"; want a duration such as 500ms, 30s or 5m`,
			"invalid TASKTOWER_CONCURRENCY: is -1; want 1 to 10000",
			"invalid TASKTOWER_QUEUE_PRIORITIES: are of no use to fifo; set TASKTOWER_QUEUE_PRIORITIZATION to index, strict or weighted, or leave them out"}},
		"an explicit zero that is the default": {[]string{"TASKTOWER_TIMEOUT=0"}, nil},
		"a timeout":                            {[]string{"TASKTOWER_TIMEOUT=1us"}, []string{"invalid TASKTOWER_TIMEOUT: is 1µs; want 1ms to 100 years, or 0 for none"}},
		"a negative interval":                  {[]string{"TASKTOWER_HEARTBEAT=-1s"}, []string{"invalid TASKTOWER_HEARTBEAT: is -1s; want 0 to 24h"}},
		"a queue without a name":               {[]string{"TASKTOWER_QUEUES=a,,b"}, []string{"invalid TASKTOWER_QUEUES[1]: is empty; want 1 to 128 bytes"}},
		"a level":                              {[]string{"TASKTOWER_LOG_LEVEL=loud"}, []string{`invalid TASKTOWER_LOG_LEVEL: is "loud"; want trace, debug, info, warn, error or disabled`}},
		"a level in capitals":                  {[]string{"TASKTOWER_LOG_LEVEL=WARN"}, nil},
		"what each owner refuses": {[]string{"TASKTOWER_CALL_TIMEOUT=1ms", "TASKTOWER_RESCUE_INTERVAL=1h", "TASKTOWER_RETENTION_DEAD=1ns",
			"TASKTOWER_MAX_PAYLOAD_BYTES=1", "TASKTOWER_LISTEN_DATABASE_URL=postgres://%%"}, []string{
			"invalid TASKTOWER_CALL_TIMEOUT: is 1ms; want 100ms to 10m",
			"invalid TASKTOWER_LISTEN_DATABASE_URL: cannot be parsed; want a PostgreSQL URL or key=value list",
			"invalid TASKTOWER_RESCUE_INTERVAL: is 1h; want 0 to 5s",
			"invalid TASKTOWER_RETENTION_DEAD: is 1ns; want 1ms to 100 years, KeepForever, or 0 for the default",
			"invalid TASKTOWER_MAX_PAYLOAD_BYTES: is 1; want 2 to 67108864"}},
		"an unknown strategy": {[]string{"TASKTOWER_QUEUE_PRIORITIZATION=random"}, []string{
			`invalid TASKTOWER_QUEUE_PRIORITIZATION: unknown "random"; want fifo (or none), alphanumeric, index, strict or weighted`}},
		"priorities missing": {[]string{"TASKTOWER_QUEUE_PRIORITIZATION=strict"}, []string{
			"invalid TASKTOWER_QUEUE_PRIORITIES: are empty; want at least one queue"}},
		"priorities for nothing": {[]string{"TASKTOWER_QUEUE_PRIORITIES=mail:2"}, []string{
			"invalid TASKTOWER_QUEUE_PRIORITIES: are of no use to fifo; set TASKTOWER_QUEUE_PRIORITIZATION to index, strict or weighted, or leave them out"}},
		"priorities for names": {[]string{"TASKTOWER_QUEUE_PRIORITIES=mail:2", "TASKTOWER_QUEUE_PRIORITIZATION=AlphaNumeric"}, []string{
			"invalid TASKTOWER_QUEUE_PRIORITIES: are of no use to alphanumeric; set TASKTOWER_QUEUE_PRIORITIZATION to index, strict or weighted, or leave them out"}},
		"a typo":           {[]string{"TASKTOWER_DATABASEURL=x"}, []string{"invalid TASKTOWER_DATABASEURL: is no variable of Task Tower; did you mean TASKTOWER_DATABASE_URL?"}},
		"something else":   {[]string{"TASKTOWER_COLOUR=x"}, []string{"invalid TASKTOWER_COLOUR: is no variable of Task Tower; docs/reference/configuration.md lists them"}},
		"a bare prefix":    {[]string{"TASKTOWER_=x"}, []string{"invalid TASKTOWER_: is no variable of Task Tower; docs/reference/configuration.md lists them"}},
		"of Kubernetes":    {[]string{"TASKTOWER_PORT=tcp://1", "TASKTOWER_SERVICE_HOST=1", "TASKTOWER_PORT_80_TCP_ADDR=1", "TASKTOWER_WEB_SERVICE_PORT_HTTP=1"}, nil},
		"of our own tests": {[]string{"TASKTOWER_TEST_DATABASE_URL=1"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(c.environ)
			var got []string
			for _, e := range parts(err) {
				require.ErrorIs(t, e, tasktower.ErrInvalid)
				got = append(got, e.Error())
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestLimits_AreThoseOfTheirOwners(t *testing.T) {
	t.Parallel()
	for _, name := range variables() {
		if want := limits(name); want != "" {
			_, err := load([]string{name + "=" + map[bool]string{true: "24h", false: "2000000000"}[name == Prefix+"CALL_TIMEOUT"]})
			require.ErrorContains(t, err, "; want "+want)
		}
	}
}

func TestLoad_TellsNoSecret(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://u:hunter/2@h/db", "postgres://u:hunter2@h:x/db", "host=h password='hunter2", "postgres://u:%hunter2@h"} {
		for _, name := range []string{"DATABASE_URL", "LISTEN_DATABASE_URL"} {
			_, err := load([]string{Prefix + name + "=" + url})
			require.ErrorContains(t, err, Prefix+name, url)
			require.NotContains(t, err.Error(), "hunter")
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("CONCURRENCY", "7")
	f.Add("QUEUE_PRIORITIES", "a:1,b")
	f.Add("DATABASE_URL", "postgres://u:p@h:x/db")
	f.Fuzz(func(t *testing.T, name, value string) {
		_, err := load([]string{fmt.Sprintf("%s%s=%s", Prefix, name, value)})
		for _, e := range parts(err) {
			require.ErrorIs(t, e, tasktower.ErrInvalid)
		}
	})
}

func TestReference_ListsEveryVariable(t *testing.T) {
	t.Parallel()
	const page = "../docs/reference/configuration.md"
	want := reference()
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "go test ./modules -update rewrites the page")
}
