package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var _ ports.Recurrer = (*Store)(nil)

// SaveRecurring implements ports.Recurrer.
func (s *Store) SaveRecurring(ctx context.Context, r ports.Recurring) error {
	if r.Job == nil {
		return translate("save recurring", job.Invalid("recurring", "has no job"))
	}
	if err := job.CheckName("key", r.Key); err != nil {
		return translate("save recurring", err)
	}
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("save recurring", err)
	}
	defer cancel()
	template := *r.Job
	template.ID, template.RunAt, template.Delay = job.ID{}, time.Time{}, 0
	saved, err := s.pool.Exec(ctx, s.sql.get("recurring_save"), r.Key, r.Spec, r.Zone, r.Misfire, r.Overlap,
		string(appendSpec(nil, &template)), r.Declared)
	if err == nil && saved.RowsAffected() > 0 {
		s.tell(&hints{recurring: true})
	} else if err == nil && r.Declared {
		_, err = s.pool.Exec(ctx, s.sql.get("recurring_code"), r.Key)
	}
	return translate("save recurring", err)
}

// RemoveRecurring implements ports.Recurrer.
func (s *Store) RemoveRecurring(ctx context.Context, key string) error {
	return s.changeRecurring(ctx, "remove recurring", key, func(ctx context.Context) error {
		return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
			if err := tx.QueryRow(ctx, s.sql.get("recurring_remove"), key).Scan(&key); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, s.sql.get("recurring_forget"), key)
			return err
		})
	})
}

// PauseRecurring implements ports.Recurrer.
func (s *Store) PauseRecurring(ctx context.Context, key, by, note string, until time.Time) error {
	return s.changeRecurring(ctx, "pause recurring", key, func(ctx context.Context) error {
		var done bool
		err := s.pool.QueryRow(ctx, s.sql.get("recurring_pause"), key, by, note, moment(until)).Scan(&done)
		if err == nil && !done {
			return job.Invalid("until", "is over")
		}
		return err
	})
}

// ResumeRecurring implements ports.Recurrer.
func (s *Store) ResumeRecurring(ctx context.Context, key string) error {
	return s.changeRecurring(ctx, "resume recurring", key, func(ctx context.Context) error {
		err := s.pool.QueryRow(ctx, s.sql.get("recurring_resume"), key).Scan(&key)
		if err == nil {
			s.tell(&hints{recurring: true})
		}
		return err
	})
}

// changeRecurring runs a change that finds no rows if there is no such key.
func (s *Store) changeRecurring(ctx context.Context, name, key string, change func(context.Context) error) error {
	if err := job.CheckName("key", key); err != nil {
		return translate(name, err)
	}
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(name, err)
	}
	defer cancel()
	if err = change(ctx); errors.Is(err, pgx.ErrNoRows) {
		err = &job.NotFoundError{What: "recurring job", Name: key}
	}
	return translate(name, err)
}

// Recurring implements ports.Recurrer.
func (s *Store) Recurring(ctx context.Context) ([]ports.Recurring, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("recurring", err)
	}
	defer cancel()
	var out []ports.Recurring
	err = s.look(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = s.standing(ctx, tx, "recurring")
		return err
	})
	return out, translate("recurring", err)
}

// DueRecurring implements ports.Recurrer.
func (s *Store) DueRecurring(ctx context.Context, limit int) (ports.DueRecurring, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.DueRecurring{}, translate("due recurring", err)
	}
	defer cancel()
	var out ports.DueRecurring
	err = s.look(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		var us *int64
		if err := tx.QueryRow(ctx, s.sql.get("recurring_next")).Scan(&out.Now, &us); err != nil {
			return err
		}
		out.Now, out.Next = out.Now.UTC(), -1
		if us != nil {
			out.Next = micros(*us)
		}
		out.Due, err = s.standing(ctx, tx, "recurring_due", max(limit, 0))
		return err
	})
	return out, translate("due recurring", err)
}

// standing reads recurring jobs, and what their last jobs are doing.
func (s *Store) standing(ctx context.Context, tx pgx.Tx, statement string, args ...any) ([]ports.Recurring, error) {
	rows, err := tx.Query(ctx, s.sql.get(statement), args...)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, recurringRow)
	if err != nil {
		return nil, err
	}
	var last []job.ID
	for _, r := range out {
		if !r.LastJob.IsZero() {
			last = append(last, r.LastJob)
		}
	}
	if len(last) == 0 {
		return out, nil
	}
	records, err := s.get(ctx, tx, last)
	if err != nil {
		return nil, err
	}
	states := map[job.ID]job.State{}
	for _, rec := range records {
		states[rec.ID] = rec.State
	}
	for i := range out {
		out[i].LastState = states[out[i].LastJob]
	}
	return out, nil
}

func recurringRow(row pgx.CollectableRow) (r ports.Recurring, err error) {
	var text string
	var next, held, paused, until, slot *time.Time
	var last pgtype.UUID
	err = row.Scan(&r.Key, &r.Spec, &r.Zone, &r.Misfire, &r.Overlap, &text, &r.Declared, &r.Version, &r.Anchor, &r.Since,
		&next, &held, &paused, &r.PausedBy, &r.PauseNote, &until, &slot, &last)
	if err != nil {
		return r, err
	}
	r.Anchor, r.Since, r.Next, r.Held = r.Anchor.UTC(), r.Since.UTC(), utc(next), utc(held)
	r.PausedAt, r.PausedUntil, r.LastSlot, r.LastJob = utc(paused), utc(until), utc(slot), last.Bytes
	if r.Job, err = readSpec([]byte(text)); err != nil {
		return r, fmt.Errorf("recurring job %q: read its job: %w", r.Key, err)
	}
	return r, nil
}

// readSpec reads what appendSpec wrote.
func readSpec(text []byte) (*job.Spec, error) {
	var row struct {
		specRow
		Payload json.RawMessage `json:"payload"`
		Params  job.Params      `json:"params"`
	}
	if err := json.Unmarshal(text, &row); err != nil {
		return nil, err
	}
	return &job.Spec{
		Kind: row.Kind, Queue: row.Queue, Priority: row.Priority, Tags: row.Tags, DisplayName: row.DisplayName,
		Payload: row.Payload, Params: row.Params, MaxRetries: row.MaxRetries, Retry: row.Retry,
		Timeout: micros(row.Timeout), Deadline: utc(row.Deadline), DeadlineIn: micros(row.DeadlineIn),
		UniqueKey: row.UniqueKey, UniqueFor: micros(row.UniqueFor),
	}, nil
}

// Fire implements ports.Recurrer. Of many who fire one version at the same time
// the first to update the row wins; the others wait for its commit and find
// another version.
func (s *Store) Fire(ctx context.Context, f ports.Firing) error {
	if err := checkSpecs(f.Jobs); err != nil {
		return translate("fire", err)
	}
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("fire", err)
	}
	defer cancel()
	var last pgtype.UUID
	if n := len(f.Jobs); n > 0 {
		last = uuid(f.Jobs[n-1].ID)
	}
	err = s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var key string
		err := tx.QueryRow(ctx, s.sql.get("recurring_fire"), f.Key, f.Version, f.Next, moment(f.Held), moment(f.Slot), last).Scan(&key)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("recurring job %q: %w: it was changed meanwhile", f.Key, job.ErrConflict)
		}
		if err != nil || len(f.Jobs) == 0 {
			return err
		}
		_, err = s.enqueueIn(ctx, pgxDoor{tx}, f.Jobs, "on")
		return err
	})
	if err == nil && len(f.Jobs) > 0 {
		s.tell(dueHints(f.Jobs))
	}
	return translate("fire", err)
}
