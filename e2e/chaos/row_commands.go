package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/task-tower/tasktower"
)

// everythingAtOnce lets callers enqueue and command as they please while workers
// work, on a server that looks for deadlocks after 10 ms.
func everythingAtOnce(ctx context.Context, w *world) error {
	if _, err := w.startMany(ctx, 2, w.orders()); err != nil {
		return err
	}
	play := &playground{w: w}
	busy, stop := context.WithTimeout(ctx, pick(w, 6*time.Second, time.Minute))
	defer stop()
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		rng := rand.New(rand.NewPCG(w.rng.Uint64(), w.rng.Uint64()))
		all.Go(func() {
			for busy.Err() == nil {
				if err := play.move(ctx, rng); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return err
	}
	for _, queue := range playQueues {
		if err := w.client.ResumeQueue(ctx, queue); err != nil {
			return err
		}
	}
	if err := w.settled(ctx, 2*time.Minute); err != nil {
		return err
	}
	sleep(ctx, 2*time.Second) // until the server has counted
	var deadlocks int
	err := w.pool.QueryRow(ctx, "SELECT deadlocks FROM pg_stat_database WHERE datname = $1", w.database).Scan(&deadlocks)
	w.note("%d calls, %d of them refused for the job's state, %d deadlocks", play.calls, play.refused, deadlocks)
	w.require(deadlocks == 0, "%d deadlocks", deadlocks)
	return err
}

var playQueues = []string{"a", "b", "c"}

// playground remembers the jobs that were made.
type playground struct {
	w *world

	mu             sync.Mutex
	ids            []tasktower.ID
	calls, refused int
}

// move makes one random call.
func (p *playground) move(ctx context.Context, rng *rand.Rand) error {
	client, queue := p.w.client, playQueues[rng.IntN(len(playQueues))]
	var err error
	switch n := rng.IntN(20); n {
	case 0, 1, 2, 3:
		err = p.enqueue(ctx, rng, queue)
	case 4, 5:
		var rec *tasktower.Record
		rec, err = client.Enqueue(ctx, Work{MS: 5}, tasktower.Queue(queue), tasktower.UniqueKey(fmt.Sprint(rng.IntN(5))))
		p.made(rec, err)
	case 6, 7:
		var rec *tasktower.Record
		rec, err = client.Schedule(ctx, Work{}, tasktower.In(100*time.Millisecond), tasktower.Queue(queue))
		p.made(rec, err)
	case 8, 9:
		_, err = client.Cancel(ctx, p.any(rng))
	case 10, 11:
		err = client.Requeue(ctx, p.any(rng))
	case 12, 13:
		id := p.any(rng)
		if err = client.Delete(ctx, id); err == nil {
			p.w.book.write(deleted, &tasktower.Record{ID: id}, "")
		}
	case 14:
		err = client.Tag(ctx, p.any(rng), "x", fmt.Sprint(rng.IntN(3)))
	case 15:
		err = client.PauseQueue(ctx, queue, "chaos", "")
	case 16:
		err = client.ResumeQueue(ctx, queue)
	case 17:
		_, err = client.Explain(ctx, p.any(rng))
	case 18:
		_, err = client.Counts(ctx)
	default:
		err = p.recur(ctx, rng)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if errors.Is(err, tasktower.ErrNotFound) || errors.Is(err, tasktower.ErrConflict) || errors.Is(err, tasktower.ErrDuplicate) {
		p.refused++
		return nil
	}
	return err
}

func (p *playground) enqueue(ctx context.Context, rng *rand.Rand, queue string) error {
	items := make([]tasktower.Item, 1+rng.IntN(30))
	for i := range items {
		items[i] = tasktower.Item{Args: Work{MS: int64(rng.IntN(10))}, Options: []tasktower.Option{tasktower.Queue(queue), tasktower.Tags("x")}}
	}
	got, err := p.w.client.EnqueueMany(ctx, items)
	for _, e := range got {
		p.made(&tasktower.Record{ID: e.ID}, err)
	}
	return err
}

func (p *playground) recur(ctx context.Context, rng *rand.Rand) error {
	key := fmt.Sprint("r", rng.IntN(3))
	if rng.IntN(4) == 0 {
		return p.w.client.RemoveRecurring(ctx, key)
	}
	err := p.w.client.AddRecurring(ctx, tasktower.Recurring{Key: key, When: tasktower.Every(time.Hour), Args: Work{}})
	if err != nil {
		return err
	}
	rec, err := p.w.client.TriggerRecurring(ctx, key)
	p.made(rec, err)
	return err
}

// made writes down a job whose enqueue was acknowledged.
func (p *playground) made(rec *tasktower.Record, err error) {
	if err != nil || rec == nil {
		return
	}
	p.w.book.write(acked, rec, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids = append(p.ids, rec.ID)
}

// any is one of the latest jobs.
func (p *playground) any(rng *rand.Rand) tasktower.ID {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids) == 0 {
		return tasktower.ID{}
	}
	return p.ids[len(p.ids)-1-rng.IntN(min(len(p.ids), 300))]
}
