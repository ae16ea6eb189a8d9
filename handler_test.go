package tasktower_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

// What is stored with a job, its client has to know when it enqueues.
func TestHandle_OptionsReachTheClientsThatHaveTheRegistration(t *testing.T) {
	t.Parallel()
	registration := tasktower.HandleFunc(send, tasktower.Queue("bulk"), tasktower.Priority(5), tasktower.Tags("slow"),
		tasktower.DisplayName("Letter"), tasktower.DeadlineIn(time.Hour), tasktower.Unique())
	store := newMemory(t)
	must(tasktower.NewWorker(store, tasktower.WorkerConfig{Handlers: []tasktower.Registration{registration}}))

	stranger := must(tasktower.NewClient(store, tasktower.ClientConfig{}))
	rec := must(stranger.Enqueue(t.Context(), Email{UserID: 1}))
	require.Equal(t, []any{"mail", "Mail", int16(0), 0, "", true},
		[]any{rec.Queue, rec.DisplayName, rec.Priority, len(rec.Tags), rec.UniqueKey, rec.Deadline.IsZero()},
		"a client knows Defaults alone")

	friend := must(tasktower.NewClient(store, tasktower.ClientConfig{Handlers: []tasktower.Registration{registration}}))
	rec = must(friend.Enqueue(t.Context(), Email{UserID: 2}))
	require.Equal(t, []any{"bulk", "Letter", int16(5), 1, false, false},
		[]any{rec.Queue, rec.DisplayName, rec.Priority, len(rec.Tags), rec.UniqueKey == "", rec.Deadline.IsZero()})
	rec = must(friend.Enqueue(t.Context(), Email{UserID: 3}, tasktower.Queue("vip")))
	require.Equal(t, "vip", rec.Queue, "the enqueue wins")
}
