package schedule_test

import (
	"testing"
	"time"

	"github.com/task-tower/tasktower/core/schedule"
)

func BenchmarkNext(b *testing.B) {
	for _, c := range []struct{ name, spec, zone string }{
		{"every", "@every 90s", ""},
		{"minutes", "*/15 * * * *", "Europe/Berlin"},
		{"daily in UTC", "@daily", ""},
		{"daily", "30 2 * * *", "America/New_York"},
		{"monthly", "0 0 LW * ?", "Europe/Berlin"},
		{"leap day", "0 0 29 2 ?", "Europe/Berlin"},
		{"leap day on a Monday", "0 0 ? 2 MON#5", "Europe/Berlin"},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := parse(b, c.spec, c.zone)
			begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			after := begin
			b.ReportAllocs()
			for b.Loop() {
				due, ok := s.Next(after)
				if after = due; !ok || due.Year() > 2200 {
					after = begin
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schedule.Parse("*/15 9-17 ? * MON-FRI", "Europe/Berlin"); err != nil {
			b.Fatal(err)
		}
	}
}
