package tasktower_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// FuzzOptions: whatever an option is told, the enqueue either refuses it with
// ErrInvalid or stores exactly what was asked for.
func FuzzOptions(f *testing.F) {
	f.Add("q", "tag", "key", 3, int64(time.Second), int64(0), int16(4))
	f.Add("", " a,", "\x00", -1, int64(-1), int64(1<<62), int16(-1))
	f.Fuzz(func(t *testing.T, queue, tag, key string, retries int, delay, timeout int64, priority int16) {
		store := memory.New(memory.Config{})
		client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
		require.NoError(t, err)
		got, err := client.Enqueue(t.Context(), Email{UserID: 7},
			tasktower.Queue(queue), tasktower.Tags(tag, tag), tasktower.UniqueKey(key), tasktower.MaxRetries(retries),
			tasktower.In(time.Duration(delay)), tasktower.Timeout(time.Duration(timeout)), tasktower.Priority(priority))
		if err != nil {
			require.ErrorIs(t, err, tasktower.ErrInvalid)
			page, err := client.List(t.Context(), tasktower.Filter{})
			require.NoError(t, err)
			require.Empty(t, page.Jobs)
			return
		}
		rec, err := client.Get(t.Context(), got.ID)
		require.NoError(t, err)
		require.Equal(t, queue, rec.Queue)
		require.Equal(t, []string{tag}, rec.Tags)
		require.Equal(t, key, rec.UniqueKey)
		require.Equal(t, retries, rec.MaxRetries)
		require.Equal(t, priority, rec.Priority)
		require.Equal(t, time.Duration(timeout), rec.Timeout)
		require.Equal(t, time.Duration(delay).Truncate(time.Microsecond), rec.RunAt.Sub(rec.CreatedAt).Truncate(time.Microsecond))
		_, err = client.Enqueue(t.Context(), Email{UserID: 8}, tasktower.UniqueKey(key))
		require.True(t, errors.Is(err, tasktower.ErrDuplicate))
	})
}
