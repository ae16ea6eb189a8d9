package tasktower_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/task-tower/tasktower"
)

// docs:Capture

// Account is who asked for a job.
type Account struct {
	Name  string `json:"name"`
	Admin bool   `json:"admin"`
}

// as captures the account with each enqueue.
func as(a Account) tasktower.Contextualizer {
	return func(_ context.Context, params tasktower.Params) error {
		if a.Name == "" {
			return errors.New("nobody is logged in")
		}
		return params.Set("Account", a)
	}
}

// docs:end

// docs:Restore

type accountKey struct{}

// accountFromParams puts the account into the handler's context.
func accountFromParams(ctx context.Context, ic *tasktower.InterceptContext) (context.Context, error) {
	account, err := tasktower.Param[Account](ic, "Account")
	return context.WithValue(ctx, accountKey{}, account), err
}

// docs:end

func ExampleClient_WithContext() {
	ctx := context.Background()
	store, client, _ := example()

	rec := must(client.WithContext(as(Account{Name: "ada", Admin: true})).Enqueue(ctx, Email{UserID: 1}))
	fmt.Println("stored:", string(rec.Params["Account"]))

	_, err := client.WithContext(as(Account{})).Enqueue(ctx, Email{UserID: 2})
	fmt.Println("nothing stored:", err)

	runDue(workerOf(store, tasktower.HandleFunc(func(ctx context.Context, j *tasktower.Job[Email]) error {
		fmt.Printf("mail to user %d for %+v\n", j.Args.UserID, ctx.Value(accountKey{}))
		return nil
	}, tasktower.PreProcessing(accountFromParams))))
	// Output:
	// stored: {"name":"ada","admin":true}
	// nothing stored: nobody is logged in
	// mail to user 1 for {Name:ada Admin:true}
}

// A missing parameter and one of another type are different errors.
func ExampleContextParam() {
	ctx := context.Background()
	store, client, _ := example()
	must(client.WithContext(as(Account{Name: "ada"})).Enqueue(ctx, Email{UserID: 1}))

	runDue(workerOf(store, tasktower.HandleFunc(func(ctx context.Context, _ *tasktower.Job[Email]) error {
		account, err := tasktower.ContextParam[Account](ctx, "Account")
		fmt.Println(account.Name, err)
		_, err = tasktower.ContextParam[Account](ctx, "Tenant")
		fmt.Println("missing:", errors.Is(err, tasktower.ErrNotFound))
		_, err = tasktower.ContextParam[int](ctx, "Account")
		fmt.Println("of another type:", errors.Is(err, tasktower.ErrInvalid))
		return nil
	})))
	// Output:
	// ada <nil>
	// missing: true
	// of another type: true
}
