package modules

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// foreign are variables that begin with our prefix and are none of ours: those of
// our own tests, and those that Kubernetes sets in every pod for a service whose
// name begins with tasktower.
var foreign = regexp.MustCompile(`^TASKTOWER_(TEST_.*|(.*_)?SERVICE_(HOST|PORT)(_.*)?|(.*_)?PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// unknown reports variables that would have no effect, and what they may have
// been meant to be.
func unknown(set map[string]string) (errs []error) {
	known := variables()
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if slices.Contains(known, name) || foreign.MatchString(name) {
			continue
		}
		if near := nearest(name, known); near != "" {
			errs = append(errs, invalid(name, "is no variable of Task Tower; did you mean %s?", near))
			continue
		}
		errs = append(errs, invalid(name, "is no variable of Task Tower; docs/reference/configuration.md lists them"))
	}
	return errs
}

// nearest is the known name that takes the fewest edits, a third of its own part
// at most; empty if none is near.
func nearest(name string, known []string) string {
	best, least := "", 0
	short := strings.TrimPrefix(name, Prefix)
	for _, k := range known {
		own := strings.TrimPrefix(k, Prefix)
		d := distance(short, own)
		if squeeze(short) == squeeze(own) {
			d = 0
		}
		if d <= max(2, len(own)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// squeeze is a name without what people forget.
func squeeze(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "_", "") }

// distance is how many bytes have to be put in, taken out or replaced to turn a
// into b (Levenshtein, 1965).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
