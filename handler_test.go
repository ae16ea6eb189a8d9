package tasktower_test

import (
	"context"
	"strings"
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

func TestHandle_OfNoHandlerStillReportsItsOptions(t *testing.T) {
	t.Parallel()
	var noFunc func(context.Context, *tasktower.Job[Email]) error
	_, err := tasktower.NewWorker(newMemory(t), tasktower.WorkerConfig{Handlers: []tasktower.Registration{
		tasktower.HandleFunc(noFunc, tasktower.MaxRetries(-1)),
		tasktower.Handle[Email](nil),
	}})
	require.EqualError(t, err, strings.Join([]string{
		`Handlers[0] "email": invalid handler: is nil`,
		`Handlers[0] "email": invalid max_retries: is -1; want 0 to 1000`,
		`Handlers[1] "email": invalid handler: is nil`,
		`Handlers[1] "email": invalid kind: has a handler already, Handlers[0]`,
	}, "\n"))
}

func TestContextParam_WantsTheContextOfAJob(t *testing.T) {
	t.Parallel()
	_, err := tasktower.ContextParam[string](t.Context(), "User")
	require.ErrorIs(t, err, tasktower.ErrInvalid)
	require.EqualError(t, err, "invalid ctx: belongs to no job; pass the handler's context")
}
