package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A claim whose client is gone must not wait on: it would take jobs for nobody.
func TestClaim_TheServerItselfBoundsTheWaitForTheBucket(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	holder, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(t.Context()) }()
	require.NoError(t, store.lockBucket(t.Context(), holder))

	refused := make(chan error, 1)
	claim, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = claim.Rollback(t.Context()) }()
	go func() {
		_, err := claim.Exec(t.Context(), store.sql.get("claim_begin"), "100ms", store.class, bucket)
		refused <- err
	}()
	select {
	case err := <-refused:
		require.Equal(t, "55P03", sqlState(err))
		require.True(t, isUnavailable(err))
	case <-time.After(10 * time.Second):
		require.NoError(t, holder.Rollback(t.Context()))
		<-refused
		t.Fatal("it waits without end")
	}
}
