package postgres

import (
	"context"
	"encoding/json"

	"github.com/task-tower/tasktower/core/job"
)

// keyRow is a wish for a unique key as unique_take.sql reads it.
type keyRow struct {
	Key string `json:"key"`
	ID  job.ID `json:"job_id"`
	For int64  `json:"for_us"`
}

// takeKeys takes the keys that nobody else holds, each wanted once, and returns those.
func (s *Store) takeKeys(ctx context.Context, d door, wanted []keyRow) (map[string]bool, error) {
	text, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	won := make(map[string]bool, len(wanted))
	var key string
	err = each(ctx, d, s.sql.get("unique_take"), []any{bucket, string(text)}, []any{&key}, func() error {
		won[key] = true
		return nil
	})
	return won, err
}

// holders says which job holds which of the keys.
func (s *Store) holders(ctx context.Context, d door, keys []string) (map[string]job.ID, error) {
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	found := make(map[string]job.ID, len(keys))
	var key, id string
	err = each(ctx, d, s.sql.get("unique_holders"), []any{bucket, string(text)}, []any{&key, &id}, func() error {
		holder, err := job.ParseID(id)
		found[key] = holder
		return err
	})
	return found, err
}
