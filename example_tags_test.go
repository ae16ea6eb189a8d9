package tasktower_test

import (
	"context"
	"fmt"

	"github.com/task-tower/tasktower"
)

// Tags come one by one, many at once, from a list, chained, again, and later on;
// a job carries each once.
func ExampleTags() {
	ctx := context.Background()
	_, client, _ := example()

	list := []string{"eu", "signup"}
	rec := must(client.Enqueue(ctx, Email{UserID: 1},
		tasktower.Tag("welcome"),
		tasktower.Tags("signup", "beta"),
		tasktower.Tags(list...),
		tasktower.Tag("welcome")))
	fmt.Println(rec.Tags)

	check(client.Tag(ctx, rec.ID, "vip"))
	check(client.Tag(ctx, rec.ID, "vip", "beta", "2026"))
	fmt.Println(must(client.Get(ctx, rec.ID)).Tags)
	// Output:
	// [beta eu signup welcome]
	// [2026 beta eu signup vip welcome]
}
