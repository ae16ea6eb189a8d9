package ports

// Terms are what a worker's strategy lets it take, as far as its plans tell.
type Terms struct {
	Strategy string         `json:"strategy"`           // its name
	Takes    []string       `json:"takes,omitempty"`    // the only queues that it takes from into slots that are kept for nobody; none: all that the worker serves
	Caps     map[string]int `json:"caps,omitempty"`     // how many jobs of a queue may be processing, over all workers
	Limits   map[string]int `json:"limits,omitempty"`   // how many of those the worker may have itself
	Reserved map[string]int `json:"reserved,omitempty"` // how many of its slots are kept for a queue
}
