package schedule_test

import (
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/schedule"
)

// On the night of the leap from 02:00 to 03:00 a fixed time runs at its end.
func ExampleParse() {
	nightly, err := schedule.Parse("30 2 * * *", "Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, due := range nightly.NextN(time.Date(2026, time.March, 28, 0, 0, 0, 0, time.UTC), 3) {
		fmt.Println(due.Format(time.RFC3339))
	}
	// Output:
	// 2026-03-28T01:30:00Z
	// 2026-03-29T01:00:00Z
	// 2026-03-30T00:30:00Z
}

func ExampleParse_mistakes() {
	_, err := schedule.Parse("0 25 * * FRI-MON", "Europe/Berlin")
	fmt.Println(err)
	_, err = schedule.Parse("0 0 30 FEB ?", "")
	fmt.Println(err)
	// Output:
	// invalid spec.hour: at character 3: 25 is outside 0-23
	// invalid spec.day_of_week: at character 10: "FRI-MON" runs backwards; want two parts, as in 5-6,0-1
	// invalid spec: "0 0 30 FEB ?" is never due: no such time comes in UTC
}

func ExampleSchedule_Anchored() {
	s, err := schedule.Parse("@every 90s", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	created := time.Date(2026, time.March, 1, 12, 0, 5, 0, time.UTC)
	for _, due := range s.Anchored(created).NextN(created, 2) {
		fmt.Println(due.Format(time.TimeOnly))
	}
	// Output:
	// 12:01:35
	// 12:03:05
}
