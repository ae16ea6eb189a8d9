package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

// With Postgres, tx is a pgx.Tx or a *sql.Tx of yours.
func ExampleClient_InTx() {
	ctx := context.Background()
	store, client, _ := example()

	tx := store.Begin()
	lost := must(client.InTx(tx).Enqueue(ctx, Email{UserID: 1}))
	check(tx.Rollback())
	_, err := client.Get(ctx, lost.ID)
	fmt.Println("rolled back:", errors.Is(err, tasktower.ErrNotFound))

	tx = store.Begin()
	kept := must(client.InTx(tx).Enqueue(ctx, Email{UserID: 2}))
	_, err = client.Get(ctx, kept.ID)
	fmt.Println("not yet committed:", errors.Is(err, tasktower.ErrNotFound))
	check(tx.Commit())
	fmt.Println("committed:", must(client.Get(ctx, kept.ID)).State)
	// Output:
	// rolled back: true
	// not yet committed: true
	// committed: enqueued
}
