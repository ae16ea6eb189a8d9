package engine

// running is a list of the slots whose jobs run, the newest first: one that its slots
// join and leave at no cost, where a map by id would cost every job and serve few.
type running struct {
	newest *slot
	n      int
}

// add puts a slot in front.
func (l *running) add(p *slot) {
	if p.older = l.newest; p.older != nil {
		p.older.newer = p
	}
	l.newest = p
	l.n++
}

// remove takes a slot out that is in the list.
func (l *running) remove(p *slot) {
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		l.newest = p.older
	}
	if p.older != nil {
		p.older.newer = p.newer
	}
	p.newer, p.older = nil, nil // whoever keeps it keeps no other
	l.n--
}

// where is the slots that f chooses.
func (l *running) where(f func(*slot) bool) (chosen []*slot) {
	for p := l.newest; p != nil; p = p.older {
		if f(p) {
			chosen = append(chosen, p)
		}
	}
	return chosen
}
