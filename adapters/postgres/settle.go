package postgres

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

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
	for _, list := range [][]int{out.Lost, out.Cancelled, out.Unstorable, out.Busy} {
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
		verdicts = splitBatch(results, places)
		if len(verdicts.completed) >= settleCopyFrom && !again {
			err := s.settleByCopy(ctx, &verdicts)
			if !isTaken(err) {
				return err
			}
			again = true
			verdicts = splitBatch(results, places)
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

// queueSettle adds the statements that store a batch. The verdicts fill while
// the answers are read.
func (s *Store) queueSettle(batch *pgx.Batch, b *settledBatch, quiet string) error {
	leases := b.leases()
	batch.Queue(s.sql.get("settings"), s.bound, "off", quiet)
	s.queueLock(batch, leases, &b.held)
	if len(b.completed) > 0 {
		c := newColumns(len(b.completed))
		for _, place := range b.completed {
			c.add(b.results[place])
		}
		batch.Queue(s.sql.get("settle_completed"), bucket, c.ids, c.leases, c.seqs, c.attempts, c.failures, c.crashes,
			c.started, c.ended, leases).Query(func(rows pgx.Rows) error {
			refused, err := pgx.CollectRows(rows, pgx.RowTo[int32])
			for _, at := range refused {
				b.refuse(b.completed[at])
			}
			return err
		})
	}
	return s.queueOthers(batch, b, b.others)
}

// queueLock adds the statement that locks leases, all but those that are held by
// somebody else, which it names before the answers of the statements behind it are read.
func (s *Store) queueLock(batch *pgx.Batch, leases []int64, held *[]int64) {
	batch.Queue(s.sql.get("settle_lock"), bucket, leases).QueryRow(func(row pgx.Row) error {
		var setting string
		return row.Scan(held, &setting)
	})
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
