package postgres

import (
	"context"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// KnowsLanes makes every claim one of known lanes, found by a look just before it.
func KnowsLanes(s *Store) ports.Store { return knowing{s} }

type knowing struct{ *Store }

func (s knowing) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	if heads, now, _, err := s.readLanes(ctx); err == nil { // or the claim tells
		s.lanes.saw(heads, now)
	}
	return s.Store.Claim(ctx, req)
}
