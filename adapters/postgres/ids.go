package postgres

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/task-tower/tasktower/core/job"
)

// idList scans uuid[] without an allocation for each element.
type idList []job.ID

// ScanBytes implements pgtype.BytesScanner. The binary format has five words, the third of
// them the type, the fourth the number of elements, and before each element its length;
// the text format is {id,id}.
// Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c, array_send.
func (l *idList) ScanBytes(b []byte) error {
	const header, element = 20, 4 + len(job.ID{})
	*l = nil
	switch {
	case len(b) > 1 && b[0] == '{':
		for text := range strings.SplitSeq(strings.Trim(string(b), "{}"), ",") {
			if text == "" {
				continue
			}
			id, err := job.ParseID(text)
			if err != nil {
				return err
			}
			*l = append(*l, id)
		}
		return nil
	case len(b) < header:
		return nil // null or empty
	}
	n := int(binary.BigEndian.Uint32(b[12:]))
	if b = b[header:]; len(b) != n*element {
		return fmt.Errorf("%d bytes for %d ids", len(b), n)
	}
	*l = make(idList, n)
	for i := range *l {
		copy((*l)[i][:], b[i*element+4:])
	}
	return nil
}
