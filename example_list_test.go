package tasktower_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/task-tower/tasktower"
)

// Lists go newest first, page by page.
func ExampleClient_List() {
	ctx := context.Background()
	_, client, _ := example()
	for user := range int64(5) {
		must(client.Enqueue(ctx, Email{UserID: user}, tasktower.Tag("welcome")))
	}
	must(client.Enqueue(ctx, Email{UserID: 9}, tasktower.InDays(1)))

	// docs:List
	filter := tasktower.Filter{State: tasktower.Enqueued, Tags: []string{"welcome"}, Limit: 2}
	for {
		page := must(client.List(ctx, filter))
		for _, rec := range page.Jobs {
			var args Email
			check(json.Unmarshal(rec.Payload, &args))
			fmt.Print(args.UserID, " ")
		}
		fmt.Println("| more:", page.Next != "")
		if page.Next == "" {
			break
		}
		filter.After = page.Next
	}
	for _, c := range must(client.Counts(ctx)) {
		fmt.Println(c.Queue, c.State, c.Jobs)
	}
	// docs:end
	// Output:
	// 4 3 | more: true
	// 2 1 | more: true
	// 0 | more: false
	// mail scheduled 1
	// mail enqueued 5
}
