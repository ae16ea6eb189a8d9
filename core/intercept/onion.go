package intercept

import (
	"context"

	"github.com/task-tower/tasktower/core/job"
)

// Contextualizer fills context parameters at enqueue. Its error aborts the
// enqueue and nothing is stored.
type Contextualizer func(ctx context.Context, params job.Params) error

// EnqueueNext stores the specs, or passes them to the next layer.
type EnqueueNext func(ctx context.Context, specs []*job.Spec) error

// AroundEnqueue wraps each enqueue: it may change the specs, refuse them, or
// look at the error of next.
type AroundEnqueue func(ctx context.Context, specs []*job.Spec, next EnqueueNext) error

// WorkNext runs the handler, or the next layer.
type WorkNext func(ctx context.Context) error

// AroundWork wraps each run of a handler, inside the PreProcessing stage's
// context; what it returns is the attempt's verdict.
type AroundWork func(ctx context.Context, r *job.Record, next WorkNext) error

// WrapEnqueue puts the layers around next, the first outermost.
func WrapEnqueue(layers []AroundEnqueue, next EnqueueNext) EnqueueNext {
	for i := len(layers) - 1; i >= 0; i-- {
		layer, inner := layers[i], next
		next = func(ctx context.Context, specs []*job.Spec) error { return layer(ctx, specs, inner) }
	}
	return next
}

// Work runs next inside the layers, the first outermost.
func Work(ctx context.Context, layers []AroundWork, r *job.Record, next WorkNext) error {
	if len(layers) == 0 {
		return next(ctx)
	}
	return layers[0](ctx, r, func(ctx context.Context) error {
		return Work(ctx, layers[1:], r, next)
	})
}
