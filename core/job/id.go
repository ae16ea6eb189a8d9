package job

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"time"
)

// ID identifies a job: a UUIDv7 (RFC 9562), made in the client and hence known
// before the job is stored. IDs made by one process sort in the order of their
// making. The zero ID identifies nothing.
type ID [16]byte

// ParseID reads the 36-character form 018f3c4e-….
//
// The error matches ErrInvalid.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, Invalid("id", "want the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx, got %d bytes", len(s))
	}
	compact := s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:36]
	if _, err := hex.Decode(id[:], []byte(compact)); err != nil {
		return ID{}, Invalid("id", "want hexadecimal digits")
	}
	return id, nil
}

// String is the 36-character lower-case form.
func (id ID) String() string {
	var out [36]byte
	hex.Encode(out[0:8], id[0:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:36], id[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// CheckID refuses an id for a new job that is no UUIDv7: it would not tell when the
// job was made, by which stores find old ones. The error matches ErrInvalid and
// names the field.
func CheckID(field string, id ID) error {
	switch v := id[6] >> 4; {
	case id.IsZero():
		return Invalid(field, "is zero; want a UUIDv7")
	case v != 7:
		return Invalid(field, "has version %d; want a UUIDv7", v)
	}
	return nil
}

// IsZero tells whether id identifies nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Compare orders ids bytewise, which for UUIDv7 is the order of their making.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// Time is the millisecond in which the id was made, by its maker's clock.
func (id ID) Time() time.Time {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}

// MarshalText makes ids readable in JSON and logs.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote; the error matches ErrInvalid.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Lease is the fencing token of one claimed batch. It is never used again: the
// high 27 bits are the number the store gave to the worker at its start, the low
// 36 bits count the worker's claims.
type Lease int64

const (
	leaseClaimBits = 36
	// MaxWorkerNumber is the highest number a store may give to a worker.
	MaxWorkerNumber = 1<<27 - 1
	// MaxClaims is how many claims one worker number can make: two years at a
	// thousand a second. Past it the worker registers anew.
	MaxClaims = 1<<leaseClaimBits - 1
)

// NewLease joins a worker's number and the count of its claims.
func NewLease(worker int64, claim int64) Lease {
	if worker < 0 || worker > MaxWorkerNumber || claim < 0 || claim > MaxClaims {
		panic(fmt.Sprintf("job: lease out of range: worker %d, claim %d", worker, claim))
	}
	return Lease(worker<<leaseClaimBits | claim)
}

// Worker is the number of the worker that holds the lease.
func (l Lease) Worker() int64 { return int64(l) >> leaseClaimBits }
