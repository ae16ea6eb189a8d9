package ports

// Terms are what a worker's strategy lets it take, as far as its plans tell.
type Terms struct {
	Strategy string         `json:"strategy"`        // its name
	Takes    []string       `json:"takes,omitempty"` // the only queues that it ever takes from; none: from all that the worker serves
	Caps     map[string]int `json:"caps,omitempty"`  // how many jobs of a queue may be processing, over all workers
}
