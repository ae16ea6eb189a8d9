package memory

import (
	"slices"

	"github.com/task-tower/tasktower/core/job"
)

// index keeps all rows by id for lists. Ids are made in order, so rows mostly
// come at the end; the others wait unsorted until somebody lists.
type index struct {
	sorted []*row
	fresh  []*row // not yet among the sorted
	gone   int    // rows that are erased but still stand here
}

func (x *index) add(r *row) {
	if n := len(x.sorted); len(x.fresh) == 0 && (n == 0 || x.sorted[n-1].rec.ID.Compare(r.rec.ID) < 0) {
		x.sorted = append(x.sorted, r)
		return
	}
	x.fresh = append(x.fresh, r)
}

// removed says that one row was erased.
func (x *index) removed() {
	x.gone++
	const fewGone = 64
	if x.gone > fewGone && x.gone > (len(x.sorted)+len(x.fresh))/2 {
		x.sorted = slices.DeleteFunc(x.sorted, erased)
		x.fresh = slices.DeleteFunc(x.fresh, erased)
		x.gone = 0
	}
}

// rows are all rows by id, the smallest first; erased ones are among them.
func (x *index) rows() []*row {
	if len(x.fresh) > 0 {
		x.sorted = append(x.sorted, x.fresh...)
		slices.SortFunc(x.sorted, func(a, b *row) int { return a.rec.ID.Compare(b.rec.ID) })
		clear(x.fresh)
		x.fresh = x.fresh[:0]
	}
	return x.sorted
}

// behind are the rows of greater ids; erased ones are among them.
func (x *index) behind(id job.ID) []*row {
	rows := x.rows()
	at, _ := slices.BinarySearchFunc(rows, id, func(r *row, id job.ID) int {
		if r.rec.ID.Compare(id) <= 0 {
			return -1
		}
		return 1
	})
	return rows[at:]
}

func erased(r *row) bool { return r.rec.State == "" }
