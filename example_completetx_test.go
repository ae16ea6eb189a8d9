package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// Booking asks to book one payment.
type Booking struct {
	Cents int `json:"cents"`
}

func (Booking) Kind() string { return "booking" }

// Ledger books payments in the database that the jobs are in.
type Ledger struct {
	db interface{ Begin() *memory.Tx } // with Postgres, a pool that begins a pgx.Tx
}

// docs:CompleteTx

// Handle books the payment and completes the job in one transaction: a payment
// is booked once, whatever crashes when.
func (l *Ledger) Handle(ctx context.Context, j *tasktower.Job[Booking]) error {
	tx := l.db.Begin()
	err := book(tx, j.Args.Cents)
	if err == nil {
		err = tasktower.CompleteTx(ctx, tx)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// docs:end

// book stands for SQL of yours.
func book(_ *memory.Tx, cents int) error {
	fmt.Println("booked", cents)
	return nil
}

func ExampleCompleteTx() {
	ctx := context.Background()
	store, client, _ := example()
	worker := workerOf(store, tasktower.Handle(&Ledger{db: store}))
	rec := must(client.Enqueue(ctx, Booking{Cents: 995}))
	_, _, err := worker.RunDue(ctx, 1)
	check(err)
	fmt.Println(must(client.Get(ctx, rec.ID)).State)
	// Output:
	// booked 995
	// completed
}
