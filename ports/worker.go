package ports

import "time"

// WorkerState says how a worker is.
type WorkerState string

// The states of a worker. That it is paused is a fact of its own; see Worker.Paused.
const (
	WorkerLive     WorkerState = "live"
	WorkerDraining WorkerState = "draining" // lets what runs end, and then stops
	WorkerStale    WorkerState = "stale"    // has missed two beats
	WorkerLost     WorkerState = "lost"     // its life ended without a word; its jobs are rescued
	WorkerStopped  WorkerState = "stopped"  // took its leave
)

// staleBeats is how many beats a stale worker has missed.
const staleBeats = 2

// Worker is one worker process's entry. State and the times are the store's; so
// are the pause and the drain, see Commander.
type Worker struct {
	ID          string        `json:"id"` // a UUID made afresh at each start
	Number      int64         `json:"number"`
	State       WorkerState   `json:"state"`
	Host        string        `json:"host"`
	PID         int           `json:"pid"`
	Version     string        `json:"version"` // of the program
	Queues      []string      `json:"queues"`  // nil: every queue
	Kinds       []string      `json:"kinds"`
	Slots       int           `json:"slots"` // how many jobs it runs at once, or is asked to
	Running     int           `json:"running"`
	Terms       Terms         `json:"terms"`
	Overstaying int           `json:"overstaying"` // abandoned handlers that still run
	Heartbeat   time.Duration `json:"heartbeat"`   // between two beats; 0: it was not said
	StartedAt   time.Time     `json:"started_at"`
	BeatAt      time.Time     `json:"beat_at"`
	LiveUntil   time.Time     `json:"live_until"`
	DrainingAt  time.Time     `json:"draining_at,omitzero"` // since when it drains; zero: it does not
	StoppedAt   time.Time     `json:"stopped_at,omitzero"`  // when it took its leave; zero: it did not

	PausedAt  time.Time `json:"paused_at,omitzero"` // zero: it claims
	PausedBy  string    `json:"paused_by,omitempty"`
	PauseNote string    `json:"pause_note,omitempty"`
}

// Paused tells whether somebody keeps the worker from claiming.
func (w Worker) Paused() bool { return !w.PausedAt.IsZero() }

// StateAt is the worker's state at a time by the clock that dated it. A worker
// that is stale is said to be so also while it drains.
func (w Worker) StateAt(now time.Time) WorkerState {
	switch {
	case !w.StoppedAt.IsZero():
		return WorkerStopped
	case !now.Before(w.LiveUntil):
		return WorkerLost
	case w.Heartbeat > 0 && now.Sub(w.BeatAt) > staleBeats*w.Heartbeat:
		return WorkerStale
	case !w.DrainingAt.IsZero():
		return WorkerDraining
	}
	return WorkerLive
}
