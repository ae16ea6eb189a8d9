package postgres

import (
	"context"
	"errors"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// GivesLanes makes every claim one of given lanes, found by a look just before it.
func GivesLanes(s *Store) ports.Store { return giving{s} }

// LookAtLanes makes one look.
func LookAtLanes(ctx context.Context, s *Store) error {
	_, err := s.lookAtLanes(ctx)
	return err
}

type giving struct{ *Store }

func (s giving) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	if err := s.find(ctx); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, job.ErrClosed) {
		return nil, err
	}
	return s.Store.Claim(ctx, req)
}

// find gives lanes to claims, however few dead entries there are.
func (s *Store) find(ctx context.Context) error {
	heads, now, _, _, err := s.readLanes(ctx)
	if err == nil {
		s.lanes.set(heads, now, lanesDead)
	}
	return err
}
