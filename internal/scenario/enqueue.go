package scenario

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var enqueue = map[string]func(*house){
	"a job tagged through every form carries each tag once": everyTag,
	"a rolled back transaction leaves nothing":              rolledBack,
	"a committed transaction's jobs run":                    committed,
	"bad input leaves the transaction usable":               usable,
	"one mistake of 10,000 is named and stores nothing":     oneMistake,
	"no items are fine":                                     noItems,
	"a unique key lets one of fifty enqueues through":       unique,
	"a transaction's own job holds its unique key":          uniqueInTx,
	"UniqueFor holds the key after the end":                 uniqueFor,
	"the record returned is the record stored":              sameRecord,
}

func everyTag(h *house) {
	rec := h.enqueue(0, tasktower.Tag("one"), tasktower.Tags("one", "two"), tasktower.Tags([]string{"list", "two", "list"}...), tasktower.Tags())
	for _, tags := range [][]string{{"late"}, {"late", "one"}, {"last", "list"}, {}} {
		require.NoError(h, h.client.Tag(h.Context(), rec.ID, tags...))
		require.NoError(h, h.client.Tag(h.Context(), rec.ID, tags...))
	}
	require.Equal(h, []string{"last", "late", "list", "one", "two"}, h.get(rec.ID).Tags)
	page, err := h.client.List(h.Context(), tasktower.Filter{Tags: []string{"late", "one"}})
	require.NoError(h, err)
	require.Len(h, page.Jobs, 1)
}

// begin starts a transaction of the store's kind.
func (h *house) begin() (tx any, commit, rollback func() error) {
	h.Helper()
	s, ok := h.store.(Transactional)
	require.True(h, ok, "%T does not begin transactions", h.store)
	return s.BeginTx(h.T)
}

func rolledBack(h *house) {
	tx, _, rollback := h.begin()
	rec, err := h.client.InTx(tx).Enqueue(h.Context(), Work{}, tasktower.UniqueKey("taken"))
	require.NoError(h, err)
	_, err = h.client.Get(h.Context(), rec.ID)
	require.ErrorIs(h, err, tasktower.ErrNotFound)
	require.NoError(h, rollback())
	_, err = h.client.Get(h.Context(), rec.ID)
	require.ErrorIs(h, err, tasktower.ErrNotFound)
	h.enqueue(0, tasktower.UniqueKey("taken"))
}

func committed(h *house) {
	runs := newTally(3)
	h.work(tasktower.WorkerConfig{}, runs.handle)
	tx, commit, _ := h.begin()
	client := h.client.InTx(tx)
	_, err := client.Enqueue(h.Context(), Work{0})
	require.NoError(h, err)
	_, err = client.EnqueueMany(h.Context(), tasktower.Each([]Work{{1}, {2}}))
	require.NoError(h, err)
	require.Zero(h, runs.all.Load())
	require.NoError(h, commit())
	runs.exactlyOnce(h)
}

func usable(h *house) {
	tx, commit, _ := h.begin()
	client := h.client.InTx(tx)
	_, err := client.Enqueue(h.Context(), Work{}, tasktower.Queue(""))
	require.ErrorIs(h, err, tasktower.ErrInvalid)
	rec, err := client.Enqueue(h.Context(), Work{})
	require.NoError(h, err)
	require.NoError(h, commit())
	require.Equal(h, tasktower.Enqueued, h.get(rec.ID).State)
}

func oneMistake(h *house) {
	items := tasktower.Each(make([]Work, 10_000))
	items[7777].Options = []tasktower.Option{tasktower.Tag("a,b")}
	_, err := h.client.EnqueueMany(h.Context(), items)
	require.ErrorIs(h, err, tasktower.ErrInvalid)
	require.ErrorContains(h, err, "jobs[7777]")
	page, err := h.client.List(h.Context(), tasktower.Filter{})
	require.NoError(h, err)
	require.Empty(h, page.Jobs)
}

func noItems(h *house) {
	stored, err := h.client.EnqueueMany(h.Context(), nil)
	require.NoError(h, err)
	require.Empty(h, stored)
}

func unique(h *house) {
	var stored, held atomic.Int64
	var holders sync.Map
	var wg sync.WaitGroup
	var others list[error]
	for i := range 50 {
		wg.Go(func() {
			rec, err := h.client.Enqueue(h.Context(), Work{i}, tasktower.UniqueKey("the one"))
			switch {
			case err == nil:
				stored.Add(1)
			case errors.Is(err, tasktower.ErrDuplicate) && rec != nil:
				held.Add(1)
			default:
				others.add(fmt.Errorf("%v: %w", rec, err))
				return
			}
			holders.Store(rec.ID, true)
		})
	}
	wg.Wait()
	require.Empty(h, others.get())
	require.EqualValues(h, 1, stored.Load())
	require.EqualValues(h, 49, held.Load())
	n := 0
	holders.Range(func(any, any) bool { n++; return true })
	require.Equal(h, 1, n, "all name the same holder")
}

func uniqueInTx(h *house) {
	tx, commit, _ := h.begin()
	client := h.client.InTx(tx)
	first, err := client.Enqueue(h.Context(), Work{0}, tasktower.UniqueKey("k"))
	require.NoError(h, err)
	second, err := client.Enqueue(h.Context(), Work{1}, tasktower.UniqueKey("k"))
	require.ErrorIs(h, err, tasktower.ErrDuplicate)
	require.NotErrorIs(h, err, tasktower.ErrNotFound)
	require.Equal(h, first.ID, second.ID)
	require.NoError(h, commit())
	require.Equal(h, 1, h.count(tasktower.Enqueued))
}

func uniqueFor(h *house) {
	runs := newTally(1)
	h.work(tasktower.WorkerConfig{}, runs.handle)
	first := h.enqueue(0, tasktower.UniqueFor(time.Hour))
	h.reaches(first.ID, tasktower.Completed)
	second, err := h.client.Enqueue(h.Context(), Work{0}, tasktower.Unique())
	require.ErrorIs(h, err, tasktower.ErrDuplicate)
	require.Equal(h, first.ID, second.ID)
	var dup *tasktower.DuplicateError
	require.ErrorAs(h, err, &dup)
	require.Equal(h, first.ID, dup.Holder)
}

func sameRecord(h *house) {
	got, err := h.client.WithContext(asAda).Enqueue(h.Context(), Work{3}, tasktower.Queue("q"), tasktower.DisplayName("Work"),
		tasktower.Priority(-7), tasktower.Tags("b", "a"), tasktower.MaxRetries(4), tasktower.Timeout(time.Minute),
		tasktower.In(time.Hour), tasktower.DeadlineIn(2*time.Hour), tasktower.UniqueKey("k"), soonAgain)
	require.NoError(h, err)
	stored := h.get(got.ID)
	require.JSONEq(h, `{"n":3}`, string(stored.Payload))
	require.JSONEq(h, string(got.Params["User"]), string(stored.Params["User"]))
	stored.Payload, stored.Params, stored.Seq = got.Payload, got.Params, got.Seq
	require.Equal(h, got, stored)
	require.Equal(h, tasktower.Scheduled, got.State)
}
