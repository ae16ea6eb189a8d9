package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// copyFrom is how many specs make COPY worth its round trips.
const copyFrom = 64

// Enqueue implements ports.Enqueuer. Small calls of goroutines that wait at the
// same time share one statement and one commit.
func (s *Store) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	if len(specs) == 0 {
		return ports.Enqueued{}, nil
	}
	if err := checkFields(specs); err != nil {
		return ports.Enqueued{}, translate("enqueue", err)
	}
	s.queues.expect(specs)
	if s.ended.Err() != nil {
		return ports.Enqueued{}, translate("enqueue", job.ErrClosed)
	}
	if !keyed(specs) && len(specs) >= copyFrom {
		out, err := s.enqueueByCopy(ctx, specs)
		return out, translate("enqueue", err)
	}
	err := checkJSON(specs)
	var out ports.Enqueued
	switch {
	case err != nil:
	case keyed(specs):
		out, err = s.enqueueAlone(ctx, specs)
	default:
		out, err = s.flusher.enqueue(ctx, specs)
	}
	return out, translate("enqueue", err)
}

func keyed(specs []*job.Spec) bool {
	return slices.ContainsFunc(specs, func(s *job.Spec) bool { return s.UniqueKey != "" })
}

// enqueueAlone stores one call in a transaction of its own. Whether ids are
// stored already is asked only once one turned out to be.
func (s *Store) enqueueAlone(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Enqueued{}, err
	}
	defer cancel()
	var out ports.Enqueued
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = s.enqueueNew(ctx, pgxDoor{tx}, specs, specs, "on")
		return err
	})
	if isTaken(err) || errors.Is(err, job.ErrConflict) {
		err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			out, err = s.enqueueIn(ctx, pgxDoor{tx}, specs, "on")
			return err
		})
	}
	if err == nil && len(out.Held) < len(specs) {
		s.tell(dueHints(specs))
	}
	return out, err
}

// enqueueIn stores specs inside a transaction. It refuses before it changes
// anything, so that a caller's transaction stays as it was.
func (s *Store) enqueueIn(ctx context.Context, d door, specs []*job.Spec, quiet string) (ports.Enqueued, error) {
	if len(specs) < copyFrom && !keyed(specs) {
		at, stored, err := s.insert(ctx, d, specs, quiet)
		if err != nil || stored == len(specs) {
			return ports.Enqueued{At: at}, err
		}
	}
	earlier, err := s.existing(ctx, d, specs)
	if err != nil {
		return ports.Enqueued{}, err
	}
	out := ports.Enqueued{}
	var fresh []*job.Spec
	for _, spec := range specs {
		known, ok := earlier[spec.ID]
		switch {
		case !ok:
			fresh = append(fresh, spec)
		case !known.repeats(spec):
			return ports.Enqueued{}, taken(spec.ID)
		default:
			out.At = known.createdAt
		}
	}
	if len(fresh) == 0 {
		return out, nil
	}
	return s.enqueueNew(ctx, d, specs, fresh, quiet)
}

// enqueueNew stores those of all that are fresh: whose ids are not stored yet.
func (s *Store) enqueueNew(ctx context.Context, d door, all, fresh []*job.Spec, quiet string) (out ports.Enqueued, err error) {
	if fresh, out.Held, err = s.takeAll(ctx, d, all, fresh); err != nil {
		return out, err
	}
	out.At, err = s.store(ctx, d, fresh, quiet)
	return out, err
}

// store inserts specs whose ids are free and whose keys are taken.
func (s *Store) store(ctx context.Context, d door, specs []*job.Spec, quiet string) (time.Time, error) {
	if len(specs) >= copyFrom || len(specs) == 0 {
		var at time.Time
		var setting string
		if err := each(ctx, d, s.sql.get("enqueue_now"), []any{quiet}, []any{&at, &setting}, func() error { return nil }); err != nil {
			return time.Time{}, err
		}
		at = at.UTC()
		if len(specs) == 0 {
			return at, nil
		}
		row := func(b copyBuffer, i int) copyBuffer { return b.spec(specs[i], at) }
		if able, err := d.load(ctx, s.sql.get("enqueue_copy"), len(specs), row); able {
			return at, err
		}
	}
	at, stored, err := s.insert(ctx, d, specs, quiet)
	if err == nil && stored != len(specs) {
		err = fmt.Errorf("an id of %d jobs is taken: %w", len(specs), job.ErrConflict)
	}
	return at, err
}

// insert stores all specs, or none if an id exists.
func (s *Store) insert(ctx context.Context, d door, specs []*job.Spec, quiet string) (at time.Time, stored int, err error) {
	err = each(ctx, d, s.sql.get("enqueue"), []any{bucket, specText(specs), quiet}, []any{&at, &stored}, func() error { return nil })
	return at.UTC(), stored, err
}

// insertDue stores all specs, which are due, in a caller's transaction, or none if an
// id exists or if they are the first to use a queue or kind. The payloads are announced
// at the commit. It is not for transactions with settings of ours: the server would then
// plan the statement anew whenever the connection uses it.
func (s *Store) insertDue(ctx context.Context, d door, specs []*job.Spec, payloads []string) (at time.Time, stored int, err error) {
	hints, err := json.Marshal(payloads)
	if err != nil {
		return time.Time{}, 0, err
	}
	statement, args := insertionDue(specs, string(hints))
	err = each(ctx, d, s.sql.get(statement), args, dueRow(&at, &stored), func() error { return nil })
	return at.UTC(), stored, err
}

// insertionDue is the statement that stores specs which are due, and its arguments. hints are
// announced at the commit of somebody else's transaction; empty: it is one of ours.
func insertionDue(specs []*job.Spec, hints string) (statement string, args []any) {
	if len(specs) > 1 {
		return "enqueue_due", []any{bucket, specText(specs), hints}
	}
	spec, params, tags := specs[0], "", ""
	if len(spec.Params) > 0 {
		params = string(paramsOf(spec))
	}
	if len(spec.Tags) > 0 {
		tags = tagText(spec.Tags)
	}
	return "enqueue_one", []any{bucket, spec.ID.String(), spec.Kind, spec.Queue, int32(spec.Priority), string(payloadOf(spec)),
		params, tags, int32(spec.MaxRetries), spec.Retry, spec.Timeout.Microseconds(), spec.DisplayName, hints}
}

// dueRow is where the row of enqueue_due or enqueue_one goes.
func dueRow(at *time.Time, stored *int) []any { return []any{at, stored, new(string), new(int)} }

// takeAll takes the unique keys of fresh specs. It returns those that may be
// stored and, by their places in all, the holders of the others' keys.
func (s *Store) takeAll(ctx context.Context, d door, all, fresh []*job.Spec) ([]*job.Spec, map[int]job.ID, error) {
	first := map[string]job.ID{}
	var wanted []keyRow
	for _, spec := range fresh {
		if _, twice := first[spec.UniqueKey]; spec.UniqueKey != "" && !twice {
			first[spec.UniqueKey] = spec.ID
			wanted = append(wanted, keyRow{Key: spec.UniqueKey, ID: spec.ID, For: spec.UniqueFor.Microseconds()})
		}
	}
	if len(wanted) == 0 {
		return fresh, nil, nil
	}
	won, holder, err := s.contend(ctx, d, wanted)
	if err != nil {
		return nil, nil, err
	}
	for key := range won {
		holder[key] = first[key]
	}
	var stored []*job.Spec
	held := map[int]job.ID{}
	places := make(map[job.ID]int, len(all))
	for i, spec := range all {
		places[spec.ID] = i
	}
	for _, spec := range fresh {
		if spec.UniqueKey == "" || holder[spec.UniqueKey] == spec.ID {
			stored = append(stored, spec)
		} else {
			held[places[spec.ID]] = holder[spec.UniqueKey]
		}
	}
	return stored, held, nil
}

// contend takes keys, and asks who holds the others. A holder that let go in
// between is taken over from.
func (s *Store) contend(ctx context.Context, d door, wanted []keyRow) (won map[string]bool, holder map[string]job.ID, err error) {
	won, holder = map[string]bool{}, map[string]job.ID{}
	for len(wanted) > 0 {
		got, err := s.takeKeys(ctx, d, wanted)
		if err != nil {
			return nil, nil, err
		}
		var lost []string
		for key := range got {
			won[key] = true
		}
		for _, w := range wanted {
			if !got[w.Key] {
				lost = append(lost, w.Key)
			}
		}
		if len(lost) == 0 {
			break
		}
		found, err := s.holders(ctx, d, lost)
		if err != nil {
			return nil, nil, err
		}
		for key, id := range found {
			holder[key] = id
		}
		wanted = slices.DeleteFunc(wanted, func(w keyRow) bool { return won[w.Key] || !holder[w.Key].IsZero() })
	}
	return won, holder, nil
}

func parseEpoch(us int64) time.Time { return time.UnixMicro(us).UTC() }

// idText is a JSON array of ids.
func idText(ids []job.ID) string {
	out := []byte{'['}
	for i, id := range ids {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendQuote(out, id.String())
	}
	return string(append(out, ']'))
}
