package welcome_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/docs/examples/welcome"
	"github.com/task-tower/tasktower/tasktowertest"
)

func TestEnqueue_ReadsAloud(t *testing.T) {
	h := tasktowertest.New(t, tasktower.Handle(welcome.NewMailer(&fakeSMTP{})))
	client, ctx, id := h.Client, t.Context(), int64(7)
	tomorrow := h.Now().Add(24 * time.Hour)
	tx := h.Begin(t)

	// docs:Enqueue
	rec, err := client.Enqueue(ctx, welcome.Email{UserID: id})
	require.NoError(t, err)

	// Later: In is measured by the store's clock, At is an instant.
	_, err = client.Enqueue(ctx, welcome.Email{UserID: id}, tasktower.In(10*time.Minute), tasktower.Tags("signup", "eu"))
	require.NoError(t, err)
	_, err = client.Enqueue(ctx, welcome.Email{UserID: id}, tasktower.At(tomorrow), tasktower.Queue("bulk"))
	require.NoError(t, err)

	// Once: while such a job lives, and for an hour at least, another one is ErrDuplicate.
	_, err = client.Enqueue(ctx, welcome.Email{UserID: id}, tasktower.UniqueFor(time.Hour))
	require.NoError(t, err)
	held, err := client.Enqueue(ctx, welcome.Email{UserID: id}, tasktower.UniqueFor(time.Hour))
	require.ErrorIs(t, err, tasktower.ErrDuplicate) // held is the job that holds the key

	// In a transaction: the job exists if tx commits. With Postgres tx is a pgx.Tx or *sql.Tx.
	_, err = client.InTx(tx).Enqueue(ctx, welcome.Email{UserID: id})
	require.NoError(t, err)

	// With context parameters, which the handler reads back: ContextParam[string](ctx, "User").
	currentUser := func(_ context.Context, p tasktower.Params) error { return p.Set("User", "ada") }
	_, err = client.WithContext(currentUser).Enqueue(ctx, welcome.Email{UserID: id})
	require.NoError(t, err)

	// Many, all or none. Every strategy but FIFO, the default, heeds priorities.
	_, err = client.EnqueueMany(ctx, tasktower.Each([]welcome.Email{{UserID: 8}, {UserID: 9}}, tasktower.Priority(-1)))
	require.NoError(t, err)

	// Afterwards.
	err = client.Tag(ctx, rec.ID, "vip", "beta")
	require.NoError(t, err)
	state, err := client.Cancel(ctx, rec.ID, "signed up twice")
	require.NoError(t, err)
	// docs:end

	require.Equal(t, tasktower.Cancelled, state)
	require.Equal(t, tasktower.Enqueued, held.State)
	require.Len(t, tasktowertest.Enqueued[welcome.Email](t, h), 6)
	require.NoError(t, tx.Commit())
	require.Len(t, tasktowertest.Enqueued[welcome.Email](t, h), 7)
}
