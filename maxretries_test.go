package tasktower_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

func TestMaxRetries_IsTheNumberThatCountsForWhoeverSeesTheRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handle, enqueue []tasktower.Option
		want            int
	}{
		"nobody said anything": {nil, nil, 10},
		"the handler said":     {[]tasktower.Option{tasktower.MaxRetries(0)}, nil, 0},
		"the job said":         {[]tasktower.Option{tasktower.MaxRetries(3)}, []tasktower.Option{tasktower.MaxRetries(0)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, client, clock := example()
			seen := map[string]int{}
			note := func(who string) tasktower.After {
				return func(_ context.Context, ic *tasktower.InterceptContext) error {
					seen[who] = ic.Job.MaxRetries
					return nil
				}
			}
			worker := must(tasktower.NewWorker(store, tasktower.WorkerConfig{
				Around: []tasktower.AroundWork{func(ctx context.Context, r *tasktower.Record, next tasktower.WorkNext) error {
					seen["middleware"] = r.MaxRetries
					return next(ctx)
				}},
				PreProcessing: []tasktower.Before{func(ctx context.Context, ic *tasktower.InterceptContext) (context.Context, error) {
					return ctx, note("before")(ctx, ic)
				}},
				OnFailure: []tasktower.After{note("failure")},
				OnDeath:   []tasktower.After{note("death")},
				Handlers: []tasktower.Registration{tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[Email]) error {
					seen["handler"] = j.MaxRetries
					return errors.New("no route")
				}, c.handle...)},
			}))
			rec := must(client.Enqueue(t.Context(), Email{UserID: 7}, c.enqueue...))
			stored := rec.MaxRetries
			for next := runDue(worker); next >= 0; next = runDue(worker) {
				clock.Advance(next)
			}
			require.Equal(t, map[string]int{
				"middleware": c.want, "before": c.want, "handler": c.want, "failure": c.want, "death": c.want,
			}, seen)
			rec = must(client.Get(t.Context(), rec.ID))
			require.Equal(t, stored, rec.MaxRetries, "what is stored does not change")
			require.Equal(t, c.want+1, rec.Attempt)
		})
	}
}
