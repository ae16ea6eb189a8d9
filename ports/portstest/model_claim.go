package portstest

import (
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// choose is what a claim takes, in run order: the visits of the plan's walk, each
// played by looking at every job.
func (m *model) choose(req ports.ClaimRequest, now time.Time) []*modelJob {
	processing := map[string]int{}
	for _, j := range m.jobs {
		if j.rec.State == job.Processing {
			processing[j.rec.Queue]++
		}
	}
	known := slices.Collect(maps.Keys(m.queues))
	paused := slices.Collect(maps.Keys(m.paused))
	taken := map[job.ID]bool{}
	var out []*modelJob
	for _, v := range req.Plan.WithCaps(processing).Walk(req.Limit, known, req.Queues, paused) {
		for _, j := range m.visit(v, req, taken, now) {
			if len(out) < req.Limit {
				taken[j.rec.ID] = true
				out = append(out, j)
			}
		}
	}
	return out
}

func (m *model) visit(v queue.Visit, req ports.ClaimRequest, taken map[job.ID]bool, now time.Time) []*modelJob {
	order := byPriority
	if v.Order == queue.ByAge {
		order = byAge
	}
	candidates := m.sorted(func(j *modelJob) bool {
		return j.rec.State == job.Enqueued && !taken[j.rec.ID] &&
			slices.Contains(v.Queues, j.rec.Queue) && slices.Contains(req.Kinds, j.rec.Kind) &&
			(!req.NoSuspects || j.rec.Crashes == 0) &&
			(v.MinWaitMicros <= 0 || now.Sub(j.rec.RunAt).Microseconds() >= v.MinWaitMicros)
	}, order)

	most := slices.Clone(v.Most)
	var out []*modelJob
	for _, j := range candidates {
		at := slices.Index(v.Queues, j.rec.Queue)
		if len(out) < v.Quota && most[at] > 0 {
			most[at]--
			out = append(out, j)
		}
	}
	return out
}

// hold moves a job to processing as the store reported it.
func (m *model) hold(j *modelJob, lease job.Lease, worker string, got *job.Record) {
	j.rec.Attempt++
	j.move(job.Processing, j.rec.Attempt, worker, string(job.CauseClaim))
	j.rec.Lease, j.rec.Worker, j.rec.ClaimedAt, j.rec.Seq = lease, worker, got.ClaimedAt, got.Seq
}
