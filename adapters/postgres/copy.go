package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// The binary format of COPY: a signature, two empty words, then per row the
// number of fields and each field with its length, and a trailer.
// Source: PostgreSQL documentation, COPY, "Binary Format".
const (
	copySignature = "PGCOPY\n\xff\r\n\x00"
	copyFields    = 16
	copyNull      = ^uint32(0)
)

// oidText is the type of the elements of text[].
const oidText = 25

// pgEpoch is the zero of PostgreSQL's timestamps, in microseconds since 1970.
const pgEpoch = 946_684_800_000_000

// A COPY holds up to a thousand rows at a time on the server, each in a slot of its own, and what it
// costs to make a slot grows with their number; once made they are used again. So a thousand rows
// cost the most each: in history 3.3 µs of one COPY, 3.0 in two halves, and 2.7 of two thousand.
// Source: PostgreSQL, src/backend/commands/copyfrom.c (MAX_BUFFERED_TUPLES) and
// src/backend/utils/resowner/resowner.c (the slots of a table share one hash).
const (
	copyFew      = 500
	copyMany     = 1500    // from here on one COPY is cheaper than several of copyFew
	maxCopyBytes = 4 << 20 // in memory at once, give or take a row
)

// copyIn sends n rows. All of them go into one COPY if they have to, or if there are so many.
func copyIn(ctx context.Context, conn *pgx.Conn, sql string, n int, whole bool, row func(b copyBuffer, i int) copyBuffer) error {
	most := n
	if !whole && n < copyMany {
		most = copyFew
	}
	var b copyBuffer
	for sent := 0; sent < n; {
		b = b.begin()
		for rows := 0; sent < n && rows < most && (whole || len(b) < maxCopyBytes); rows++ {
			before := len(b)
			b = row(b, sent)
			if sent++; rows == 0 { // the others are about as large
				b = slices.Grow(b, min((len(b)-before)*9/8*min(n-sent, most), maxCopyBytes))
			}
		}
		b = b.end()
		if _, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(b), sql); err != nil {
			return err
		}
	}
	return nil
}

// copyBuffer is data of COPY in the making.
type copyBuffer []byte

// begin begins the data anew.
func (b copyBuffer) begin() copyBuffer {
	b = append(b[:0], copySignature...)
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0)
}

// end finishes the data.
func (b copyBuffer) end() copyBuffer { return binary.BigEndian.AppendUint16(b, 0xffff) }

func (b copyBuffer) spec(s *job.Spec, at time.Time) copyBuffer {
	b = binary.BigEndian.AppendUint16(b, copyFields)
	b = b.id(s.ID)
	b = b.text(s.Kind)
	b = b.text(s.Queue)
	b = b.int16(s.Priority)
	b = b.bytes(payloadOf(s))
	if len(s.Params) > 0 {
		b = b.bytes(paramsOf(s))
	} else {
		b = b.null()
	}
	b = b.texts(s.Tags)
	b = b.int16(int16(s.MaxRetries))
	b = b.maybe(s.Retry)
	b = b.micros(s.Timeout)
	b = b.time(s.DeadlineAt(at))
	b = b.maybe(s.DisplayName)
	b = b.maybe(s.UniqueKey)
	b = b.micros(s.UniqueFor)
	b = b.time(at)
	return b.time(dueAt(s, at))
}

// dueAt is DueAt with negative delays cut off, as enqueue.sql does.
func dueAt(s *job.Spec, at time.Time) time.Time {
	if s.RunAt.IsZero() && s.Delay < 0 {
		return at
	}
	return s.DueAt(at)
}

func (b copyBuffer) length(n int) copyBuffer {
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

func (b copyBuffer) null() copyBuffer { return binary.BigEndian.AppendUint32(b, copyNull) }

func (b copyBuffer) text(s string) copyBuffer { return append(b.length(len(s)), s...) }

func (b copyBuffer) bytes(s []byte) copyBuffer { return append(b.length(len(s)), s...) }

// maybe is null for an empty text.
func (b copyBuffer) maybe(s string) copyBuffer {
	if s == "" {
		return b.null()
	}
	return b.text(s)
}

// texts is a text[] of one dimension; null for an empty list.
func (b copyBuffer) texts(list []string) copyBuffer {
	if len(list) == 0 {
		return b.null()
	}
	size := 20
	for _, s := range list {
		size += 4 + len(s)
	}
	b = b.length(size)
	for _, word := range []uint32{1, 0, oidText, uint32(len(list)), 1} {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	for _, s := range list {
		b = b.text(s)
	}
	return b
}

func (b copyBuffer) id(id job.ID) copyBuffer { return append(b.length(16), id[:]...) }

func (b copyBuffer) bool(v bool) copyBuffer {
	if v {
		return append(b.length(1), 1)
	}
	return append(b.length(1), 0)
}

func (b copyBuffer) int32(n int32) copyBuffer {
	return binary.BigEndian.AppendUint32(b.length(4), uint32(n))
}

func (b copyBuffer) int64(n int64) copyBuffer {
	return binary.BigEndian.AppendUint64(b.length(8), uint64(n))
}

func (b copyBuffer) int16(n int16) copyBuffer {
	return binary.BigEndian.AppendUint16(b.length(2), uint16(n))
}

// micros is null for a duration that is not positive.
func (b copyBuffer) micros(d time.Duration) copyBuffer {
	if d.Microseconds() <= 0 {
		return b.null()
	}
	return b.int64(d.Microseconds())
}

// time is null for the zero time.
func (b copyBuffer) time(t time.Time) copyBuffer {
	if t.IsZero() {
		return b.null()
	}
	return b.int64(t.UnixMicro() - pgEpoch)
}
