// Package schedule says when recurring jobs are due: cron lines in a time zone,
// and plain intervals.
//
// A Schedule is a pure value. Parse reads one, and everything else is a question
// about instants: Next, NextN and Between. Nothing here reads a clock.
//
// # Cron
//
// Five fields, parted by blanks, or six with the seconds first:
//
//	second        0-59                         * , - /
//	minute        0-59                         * , - /
//	hour          0-23                         * , - /
//	day of month  1-31                         * , - / ? L W
//	month         1-12 or JAN-DEC              * , - /
//	day of week   0-7 or SUN-SAT, 0 and 7 Sun  * , - / ? L #
//
//	*      every value; ? is the same in the two day fields
//	a-b    from a to b; a week may end with SUN, else a is at most b
//	*/n    every n-th value from the first; a-b/n within a range, a/n from a on
//	a,b    either
//	L      the last day of the month; L-3 three days before it
//	15W    the weekday (Monday to Friday) nearest to the 15th, within its month;
//	       a month without that day has none. LW is the last weekday
//	5L     the last Friday of the month, also FRIL
//	MON#2  the second Monday of the month, 1 to 5
//
// Letters may be in any case. In place of the fields may stand @yearly,
// @annually, @monthly, @weekly, @daily, @midnight or @hourly.
//
// If both day fields are restricted, a day that matches either will do; else it
// has to match both. A field is restricted unless it holds a * or ?, so */2 is
// not: "0 0 */2 * MON" is the Mondays with an odd date, "0 0 1,15 * MON" the 1st,
// the 15th and every Monday.
// Sources: POSIX.1-2017 crontab; P. Vixie's cron, crontab(5) and the DOM_STAR and
// DOW_STAR flags of cron.c; L, W and # as in Quartz's CronExpression.
//
// # Changes of the clock
//
// An interval form is a cron line whose minute or hour field holds a *, a step or
// every value: "*/15 * * * *", "0 * * * *", "0 9-17/2 * * *". It runs whenever the
// zone's clock shows a matching time. So it follows elapsed time: it runs in both
// passes of an hour that comes twice, and an hour that the clock leaps over has no
// runs, as no time passes in it. (A step of 1 is none, and a step that takes only one
// value, as in "0 */24 * * *", is that value.)
//
// Every other cron line names fixed times, and each of them runs once: at the first
// instant at which the zone's clock has reached it. That is the first pass if it
// comes twice, and the first instant after the leap if the clock leaps over it; all
// those times of one leap share that one run.
// Source: Debian's cron(8) for P. Vixie's cron, where "jobs that run at a particular
// time (not specified as @hourly, nor with '*' in the hour or minute specifier)" are
// made up for and not repeated, and others run by the new time; the flags MIN_STAR
// and HR_STAR in cron.c. Ours differs in two points: a step is an interval however
// its range is written, and the size of the change does not matter.
//
// # Intervals
//
// "@every 90s" runs at anchor + k·90 s for k = 0, 1, 2 …, with the anchor that
// Anchored sets and the Unix epoch without. Zones and changes of the clock do not
// touch it.
package schedule
