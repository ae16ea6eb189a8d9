package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// workRole is the other side of a child.
func workRole(ctx context.Context, cfg config) error {
	e, err := newEnv(ctx, cfg.url, cfg.redis)
	if err != nil {
		return err
	}
	defer e.close()
	p, ok := peerNamed(cfg.peers)
	if !ok {
		return fmt.Errorf("unknown peer %q", cfg.peers)
	}
	q, err := p.open(ctx, e, false)
	if err != nil {
		return err
	}
	defer q.close()
	before, err := q.completed(ctx)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	input := bufio.NewReader(os.Stdin)
	if _, err := input.ReadString('\n'); err != nil {
		return nil // never told to begin
	}

	var times timings
	w := work{slots: cfg.slots}
	if cfg.timed {
		w.handle = times.take
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- q.work(run, w) }()
	go func() {
		input.ReadString('\n') // until it ends
		stop()
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for told := 0; ; {
		select {
		case <-tick.C:
			done, err := q.completed(ctx)
			if err != nil {
				return err
			}
			if done -= before; done != told {
				told = done
				fmt.Println("completed", done)
			}
		case err := <-ended:
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(epitaph{Peak: peakMemory(), Samples: times.all})
		}
	}
}

// timings are how long after Sent jobs started.
type timings struct {
	mu  sync.Mutex
	all []float64
}

func (t *timings) take(job Noop) error {
	if job.Sent == 0 {
		return nil
	}
	took := float64(time.Now().UnixNano() - job.Sent)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, took)
	return nil
}
