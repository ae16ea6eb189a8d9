package postgres

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Settle implements ports.Settler. A result that the transition table does not
// hold is a *job.TransitionError and nothing of the call is stored.
//
// Texts that no PostgreSQL can store are told apart before; if the server finds
// more that it cannot store, the call is split until the guilty results stand alone.
func (s *Store) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	var out ports.Settled
	places, err := storable(results, &out)
	if err != nil {
		return ports.Settled{}, translate("settle", err)
	}
	hints := &hints{}
	if err := s.settleSplit(ctx, results, places, &out, hints); err != nil {
		return ports.Settled{}, err
	}
	s.tell(hints)
	for _, list := range [][]int{out.Lost, out.Cancelled, out.Unstorable} {
		slices.Sort(list)
	}
	return out, nil
}

// settleSplit stores the results at these places, and halves them if the server
// refuses their values.
func (s *Store) settleSplit(ctx context.Context, results []*job.Settlement, places []int, out *ports.Settled, hints *hints) error {
	if len(places) == 0 {
		return nil
	}
	bounded, cancel, err := s.call(ctx)
	if err != nil {
		return translate("settle", err)
	}
	var verdicts settledBatch
	again := false // some of it was stored before
	err = s.retry(bounded, func(ctx context.Context) error {
		verdicts = settledBatch{results: results, places: places}
		verdicts.split()
		if len(verdicts.completed) >= settleCopyFrom && !again {
			err := s.settleByCopy(ctx, &verdicts)
			if !isTaken(err) {
				return err
			}
			again = true
		}
		batch := &pgx.Batch{}
		batch.Queue(begin)
		if err := s.queueSettle(batch, &verdicts, "on"); err != nil {
			return err
		}
		batch.Queue(commit)
		return s.pipeline(ctx, batch)
	})
	cancel()
	switch {
	case err == nil:
		verdicts.report(out, hints)
		return nil
	case !isData(err):
		return translate("settle", err)
	case len(places) == 1:
		out.Unstorable = append(out.Unstorable, places[0])
		return nil
	}
	half := len(places) / 2
	if err := s.settleSplit(ctx, results, places[:half], out, hints); err != nil {
		return err
	}
	return s.settleSplit(ctx, results, places[half:], out, hints)
}

// storable lists the places of results that can be stored, and refuses moves
// that no store may be asked for.
func storable(results []*job.Settlement, out *ports.Settled) ([]int, error) {
	places := make([]int, 0, len(results))
	for i, r := range results {
		if !job.CanMove(job.Processing, r.To, r.Cause) {
			return nil, &job.TransitionError{ID: r.ID, From: job.Processing, To: r.To}
		}
		f := r.Failure
		if plain(r.Note) && plainReport(r.Report) && (f == nil || plain(f.Type) && plain(f.Message) && plain(f.Stack)) {
			places = append(places, i)
			continue
		}
		out.Unstorable = append(out.Unstorable, i)
	}
	return places, nil
}

func plain(text string) bool {
	return text == "" || strings.IndexByte(text, 0) < 0 && utf8.ValidString(text)
}

// settledBatch is a batch on its way and what the server said to it.
type settledBatch struct {
	results   []*job.Settlement
	places    []int
	completed []int // places of those that the narrow statement stores
	others    []int

	lost, cancelled []int
	ready           []string
	later           bool
}

func (b *settledBatch) report(out *ports.Settled, hints *hints) {
	out.Lost = append(out.Lost, b.lost...)
	out.Cancelled = append(out.Cancelled, b.cancelled...)
	for _, name := range b.ready {
		hints.claimable(name)
	}
	hints.later = hints.later || b.later
}

// verdict takes a row of settle.sql.
func (b *settledBatch) verdict(place int, verdict, queue string) {
	switch verdict {
	case "lost":
		b.lost = append(b.lost, place)
	case "cancelled":
		b.cancelled = append(b.cancelled, place)
	case "ready":
		b.ready = append(b.ready, queue)
	case "later":
		b.later = true
	}
}

// split puts each result where it is stored: plain successes by the narrow
// statement, which wants each job once.
func (b *settledBatch) split() {
	b.completed, b.others = make([]int, 0, len(b.places)), nil
	seen := make(map[job.ID]struct{}, len(b.places))
	for _, place := range b.places {
		r := b.results[place]
		_, twice := seen[r.ID]
		seen[r.ID] = struct{}{}
		if r.To == job.Completed && !r.UniqueKey && r.Note == "" && r.Failure == nil && r.Report == nil && r.Cause == job.CauseSuccess && !twice {
			b.completed = append(b.completed, place)
		} else {
			b.others = append(b.others, place)
		}
	}
}

func (b *settledBatch) leases() []int64 {
	var out []int64
	for _, place := range b.places {
		out = append(out, int64(b.results[place].Lease))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// queueSettle adds the statements that store a batch. The verdicts fill while
// the answers are read.
func (s *Store) queueSettle(batch *pgx.Batch, b *settledBatch, quiet string) error {
	leases := b.leases()
	batch.Queue(s.sql.get("settings"), s.bound, "off", quiet)
	batch.Queue(s.sql.get("settle_lock"), bucket, leases)
	if len(b.completed) > 0 {
		c := newColumns(len(b.completed))
		for _, place := range b.completed {
			c.add(b.results[place])
		}
		batch.Queue(s.sql.get("settle_completed"), bucket, c.ids, c.leases, c.seqs, c.attempts, c.failures, c.crashes,
			c.started, c.ended, leases).Query(func(rows pgx.Rows) error {
			refused, err := pgx.CollectRows(rows, pgx.RowTo[int32])
			for _, at := range refused {
				b.lost = append(b.lost, b.completed[at])
			}
			return err
		})
	}
	return s.queueOthers(batch, b, b.others)
}

// queueOthers adds the statements that store results of any sort, and what their
// handlers told.
func (s *Store) queueOthers(batch *pgx.Batch, b *settledBatch, places []int) error {
	if len(places) == 0 {
		return nil
	}
	if updates := reportsOf(b.results, places); len(updates) > 0 {
		text, err := reportText(updates)
		if err != nil {
			return err
		}
		batch.Queue(s.sql.get("report"), bucket, text, job.MaxReports)
	}
	text, err := settleText(b.results, places)
	if err != nil {
		return err
	}
	batch.Queue(s.sql.get("settle"), bucket, text).Query(func(rows pgx.Rows) error {
		var place int
		var verdict, queue string
		_, err := pgx.ForEachRow(rows, []any{&place, &verdict, &queue}, func() error {
			b.verdict(place, verdict, queue)
			return nil
		})
		return err
	})
	return nil
}

// columns are the parameters of settle_completed.sql.
type columns struct {
	ids                         []pgtype.UUID
	leases                      []int64
	seqs                        []int32
	attempts, failures, crashes []int16
	started, ended              []pgtype.Timestamptz
}

func newColumns(n int) *columns {
	return &columns{
		ids: make([]pgtype.UUID, 0, n), leases: make([]int64, 0, n), seqs: make([]int32, 0, n),
		attempts: make([]int16, 0, n), failures: make([]int16, 0, n), crashes: make([]int16, 0, n),
		started: make([]pgtype.Timestamptz, 0, n), ended: make([]pgtype.Timestamptz, 0, n),
	}
}

func (c *columns) add(r *job.Settlement) {
	c.ids = append(c.ids, uuid(r.ID))
	c.leases = append(c.leases, int64(r.Lease))
	c.seqs = append(c.seqs, int32(min(max(r.Seq, -1), math.MaxInt32)))
	c.attempts = append(c.attempts, small(r.Attempt))
	c.failures = append(c.failures, small(r.Failures))
	c.crashes = append(c.crashes, small(r.Crashes))
	c.started = append(c.started, stamp(r.StartedAt))
	c.ended = append(c.ended, stamp(r.EndedAt))
}

func stamp(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t.Truncate(time.Microsecond), Valid: !t.IsZero()}
}

// small keeps a count within the column; no job gets so far.
func small(n int) int16 { return int16(min(max(n, 0), 1<<15-1)) }

// settleRow is one result as settle.sql reads it.
type settleRow struct {
	Place      int           `json:"place"`
	ID         job.ID        `json:"job_id"`
	Lease      job.Lease     `json:"lease_id"`
	Seq        int           `json:"seq"`
	State      int16         `json:"state"`
	Cause      int16         `json:"cause"`
	DeadReason int16         `json:"dead_reason,omitempty"`
	Note       string        `json:"note,omitempty"`
	Wait       int64         `json:"wait_us"`
	Attempt    int16         `json:"attempt"`
	Failures   int16         `json:"failures"`
	Crashes    int16         `json:"crashes"`
	StartedAt  *time.Time    `json:"started_at,omitempty"`
	EndedAt    *time.Time    `json:"ended_at,omitempty"`
	Notice     bool          `json:"notice"`
	Keyed      bool          `json:"keyed"`
	Failure    *settleReason `json:"failure,omitempty"`
}

type settleReason struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Stack   string `json:"stack"`
}

func settleText(results []*job.Settlement, places []int) (string, error) {
	rows := make([]settleRow, len(places))
	for i, place := range places {
		r := results[place]
		rows[i] = settleRow{
			Place: place, ID: r.ID, Lease: r.Lease, Seq: r.Seq,
			State: code(states, r.To), Cause: code(causes, r.Cause), DeadReason: code(reasons, r.DeadReason),
			Note: r.Note, Wait: r.Wait.Microseconds(),
			Attempt: small(r.Attempt), Failures: small(r.Failures), Crashes: small(r.Crashes),
			StartedAt: moment(r.StartedAt), EndedAt: moment(r.EndedAt), Notice: r.Notice, Keyed: r.UniqueKey,
		}
		if f := r.Failure; f != nil {
			rows[i].Failure = &settleReason{Type: f.Type, Message: f.Message, Stack: f.Stack}
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = job.Micro(t)
	return &t
}
