package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// While a transaction holds the lock of the bucket, every claim waits for it. So
// it must not wait for anybody itself: least of all for rows that users lock in
// their own transactions, which may take any time.
const (
	// bucketPatience is how long a statement behind the lock waits for another one.
	// The locks that the Store itself takes, settling say, are mostly gone by then.
	bucketPatience = "100ms"
	// busyWait is the longest wait before another try; it doubles up to maxBusyWait.
	busyWait    = 100 * time.Millisecond
	maxBusyWait = time.Second
)

// lockBucket waits for the right to take rows out of ready and later. What comes
// behind it in the transaction fails if it waits for longer than bucketPatience; see isBusy.
func (s *Store) lockBucket(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, s.sql.get("lock_bucket"), s.class, bucket, bucketPatience)
	return err
}

// inBucket runs f in a transaction that holds the lock of the bucket. If f meets
// something that is locked, it is undone, so that claims pass, and tried again until
// ctx ends. Before that it asks free, without the lock of the bucket and without
// waiting, whether what is known to be in the way still is: then the answer is busy, too.
func (s *Store) inBucket(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error, free func(ctx context.Context) error) error {
	ceiling := busyWait
	for {
		err := s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
			if err := s.lockBucket(ctx, tx); err != nil {
				return err
			}
			return f(ctx, tx)
		})
		if !isBusy(err) {
			return err
		}
		for isBusy(err) {
			if !pause(ctx, rand.N(ceiling)) {
				return err
			}
			ceiling = min(2*ceiling, maxBusyWait)
			err = free(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// wanted answers a question that has one bool for an answer: whether there is anything
// to do under the lock of the bucket. Workers ask often, and mostly there is not; then
// they must not queue for the lock with the claims.
func (s *Store) wanted(ctx context.Context, question string, args ...any) (yes bool, err error) {
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("settings"), s.bound, "on", "on")
	batch.Queue(s.sql.get(question), args...).QueryRow(func(row pgx.Row) error { return row.Scan(&yes) })
	batch.Queue(commit)
	err = s.pipeline(ctx, batch)
	return yes && err == nil, err
}

// anyway does not know what is in the way.
func anyway(context.Context) error { return nil }

// pause waits d or until ctx ends; false if it ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
