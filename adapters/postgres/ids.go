package postgres

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/task-tower/tasktower/core/job"
)

// readIDs reads uuid[] as the server sent it, without an allocation for each element. The
// binary format has five words, the fourth of them the number of elements, and before each
// element its length; the text format is {id,id}.
// Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_send.
func readIDs(b []byte) ([]job.ID, error) {
	const header, element = 20, 4 + len(job.ID{})
	if len(b) > 0 && b[0] == '{' {
		return readIDTexts(strings.Trim(string(b), "{}"))
	}
	if len(b) < header {
		return nil, nil // null, or empty
	}
	n := int(binary.BigEndian.Uint32(b[12:]))
	if b = b[header:]; len(b) != n*element {
		return nil, fmt.Errorf("%d bytes for %d ids", len(b), n)
	}
	ids := make([]job.ID, n)
	for i := range ids {
		copy(ids[i][:], b[i*element+4:])
	}
	return ids, nil
}

func readIDTexts(list string) (ids []job.ID, err error) {
	for text := range strings.SplitSeq(list, ",") {
		if text == "" {
			continue
		}
		id, err := job.ParseID(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
