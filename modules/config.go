package modules

import (
	"time"

	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
)

// Prefix begins the name of every variable.
const Prefix = "TASKTOWER_"

// Config is everything that the environment can say. LoadConfig reads it;
// Settings uses one made by hand. A zero field means its default, unless its
// comment says otherwise.
type Config struct {
	// DatabaseURL is where Pool connects: a URL (postgres://user:password@host/name)
	// or key=value pairs. Pool cannot do without.
	DatabaseURL string `env:"DATABASE_URL"`
	// Schema holds Task Tower's tables in the database.
	Schema string `env:"SCHEMA" envDefault:"tasktower"`
	// ListenDatabaseURL is where the connection that listens for notifications
	// goes, for pools behind a transaction pooler. Empty: where the pool goes.
	ListenDatabaseURL string `env:"LISTEN_DATABASE_URL"`
	// PollOnly keeps the store from listening for notifications; polls find the work.
	PollOnly bool `env:"POLL_ONLY" envDefault:"false"`
	// CallTimeout bounds each call to the database, here and on the server.
	CallTimeout time.Duration `env:"CALL_TIMEOUT" envDefault:"5s"`
	// DurableClaims lets no job start before the database's disk has its claim: a
	// crash of the server then undoes none, and a claim takes longer.
	DurableClaims bool `env:"DURABLE_CLAIMS" envDefault:"false"`
	// Migrate brings the schema up to date when the app starts. False: the app
	// only checks that it is. False in a zero Config.
	Migrate bool `env:"MIGRATE" envDefault:"true"`

	// Queues that the worker serves, separated by commas. Empty: every queue.
	Queues []string `env:"QUEUES"`
	// Concurrency is how many jobs run at once, 1 to 10,000.
	Concurrency int `env:"CONCURRENCY" envDefault:"10"`
	// JobCheckInterval is the fallback poll for due jobs; at least 500ms, less is
	// raised to it. It is not the latency: an enqueue wakes a sleeping worker.
	JobCheckInterval time.Duration `env:"JOB_CHECK_INTERVAL" envDefault:"1s"`
	// QueueAnnouncementInterval is how often the worker looks the queues over;
	// at least 500ms, less is raised to it.
	QueueAnnouncementInterval time.Duration `env:"QUEUE_ANNOUNCEMENT_INTERVAL" envDefault:"1s"`
	// Heartbeat is how often the worker says that it lives.
	Heartbeat time.Duration `env:"HEARTBEAT" envDefault:"5s"`
	// Lease is how long the worker counts as alive without a heartbeat; more than
	// two heartbeats.
	Lease time.Duration `env:"LEASE" envDefault:"30s"`
	// Grace is how long running jobs may go on at shutdown. Zero in the
	// environment, negative in a Config: not at all.
	Grace time.Duration `env:"GRACE" envDefault:"30s"`
	// Overstay is how long a handler may go on after its context ended, before it
	// is abandoned.
	Overstay time.Duration `env:"OVERSTAY" envDefault:"5s"`
	// Timeout is how long an attempt may take whose job and kind have no timeout of
	// their own. 0: for ever.
	Timeout time.Duration `env:"TIMEOUT" envDefault:"0s"`
	// Prefetch is how far ahead of its free slots the worker claims, at most 200ms,
	// more is lowered to it, or up to one job for each slot while claims take longer
	// than jobs, and those less than 400ms. Zero in the environment, negative in a Config: not at all.
	Prefetch time.Duration `env:"PREFETCH" envDefault:"20ms"`
	// RescueInterval is how often the worker looks for jobs of lost workers and
	// for passed deadlines; at most 5s.
	RescueInterval time.Duration `env:"RESCUE_INTERVAL" envDefault:"5s"`
	// MaxCrashes is after how many crashes of its workers a job is dead, 1 to 100.
	MaxCrashes int `env:"MAX_CRASHES" envDefault:"3"`
	// RetentionCompleted is how long completed jobs are kept, unless their kind
	// says otherwise. Negative: for ever.
	RetentionCompleted time.Duration `env:"RETENTION_COMPLETED" envDefault:"24h"`
	// RetentionCancelled is how long cancelled jobs are kept, unless their kind
	// says otherwise. Negative: for ever.
	RetentionCancelled time.Duration `env:"RETENTION_CANCELLED" envDefault:"24h"`
	// RetentionDead is how long dead jobs are kept, unless their kind says
	// otherwise. Negative: for ever.
	RetentionDead time.Duration `env:"RETENTION_DEAD" envDefault:"720h"`
	// PruneInterval is how often the worker lets go of jobs whose retention is
	// over. Zero in the environment, negative in a Config: never, other workers do.
	PruneInterval time.Duration `env:"PRUNE_INTERVAL" envDefault:"1m"`
	// MaxPayloadBytes limits the JSON of a job's args.
	MaxPayloadBytes int `env:"MAX_PAYLOAD_BYTES" envDefault:"1048576"`

	// QueuePrioritization names the strategy: fifo (or none), which ignores jobs'
	// priorities, alphanumeric, index, strict or weighted. An app that brings a
	// strategy of its own, by Strategy, refuses it.
	QueuePrioritization string `env:"QUEUE_PRIORITIZATION"`
	// QueuePriorities are the priorities or weights that index, strict and
	// weighted want: "critical:3,default:2,low:1". The others take none, and
	// neither does an app that brings a strategy of its own.
	QueuePriorities string `env:"QUEUE_PRIORITIES"`

	// LogLevel is the least level that Logging writes: trace, debug, info, warn,
	// error or disabled. Empty: as the logger given to Logging says.
	LogLevel string `env:"LOG_LEVEL"`
}

// Settings makes every module of the app use c, whatever the environment says.
func Settings(c Config) fx.Option {
	return fx.Supply(&c)
}

// StopTimeout is Config.StopTimeout of what the environment says. Mistakes in the
// environment are for fx.New to report, together with those of the app.
func StopTimeout() fx.Option {
	c, _ := LoadConfig()
	return c.StopTimeout()
}

// StopTimeout gives the app enough time to stop for a worker that uses its whole
// grace period: Grace, Overstay and ten seconds more. Fx's own 15 s are less than
// the default grace period. It belongs at the top level of fx.New.
func (c Config) StopTimeout() fx.Option {
	grace, overstay := c.Grace, c.Overstay
	if grace == 0 {
		grace = tasktower.DefaultGrace
	}
	if overstay == 0 {
		overstay = tasktower.DefaultOverstay
	}
	return fx.StopTimeout(max(0, grace) + overstay + 10*time.Second)
}

// client is what the configuration says about a client.
func (c Config) client() tasktower.ClientConfig {
	return tasktower.ClientConfig{MaxPayloadBytes: c.MaxPayloadBytes}
}

// orForever lets any negative time stand for one without end.
func orForever(d time.Duration) time.Duration { return max(d, tasktower.KeepForever) }

// worker is what the configuration says about a worker.
func (c Config) worker() tasktower.WorkerConfig {
	return tasktower.WorkerConfig{
		Queues: c.Queues, Concurrency: c.Concurrency,
		JobCheckInterval: c.JobCheckInterval, QueueAnnouncementInterval: c.QueueAnnouncementInterval,
		Heartbeat: c.Heartbeat, Lease: c.Lease, Grace: c.Grace, Overstay: c.Overstay, Timeout: c.Timeout, Prefetch: c.Prefetch,
		RescueInterval: c.RescueInterval, MaxCrashes: c.MaxCrashes,
		Retention: tasktower.Retention{
			Completed: orForever(c.RetentionCompleted), Cancelled: orForever(c.RetentionCancelled), Dead: orForever(c.RetentionDead),
		},
		PruneInterval: c.PruneInterval,
	}
}
