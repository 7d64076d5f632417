package gormstore

import (
	"fmt"
	"strings"

	"voucherswitch/domain/fault"
)

// sealedKind begins the kind of a content that is sealed. One without it stands in clear, from before there were seals.
// A program of that time knows no such kind and fails at it, rather than take a seal for an answer.
const sealedKind = "sealed "

// binding binds a seal to its table, column and row: moved elsewhere, it does not open.
func (r contentRow) binding() []byte {
	return fmt.Appendf(nil, "contents.body/%d/%s/%d/%s", len(r.TransactionID), r.TransactionID, r.Version, r.Kind)
}

// sealed are rows as they are written. The same row is sealed differently each time, so no digest is made of it.
func (s *Store) sealed(rows []contentRow) ([]contentRow, error) {
	closed := make([]contentRow, len(rows))
	for i, r := range rows {
		body, err := s.ring.Seal(r.Body, r.binding())
		if err != nil {
			return nil, err
		}
		closed[i] = contentRow{r.TransactionID, r.Version, sealedKind + r.Kind, body}
	}
	return closed, nil
}

// unsealed is a row as it was before it was sealed. fault.Internal if it does not open, or stands in clear where none
// may.
func (s *Store) unsealed(r contentRow) (contentRow, error) {
	kind, isSealed := strings.CutPrefix(r.Kind, sealedKind)
	if !isSealed && s.InClear() {
		return r, nil
	}
	if !isSealed {
		return r, fault.New(fault.Internal, "the content %q of %s/%d is not sealed", kind, r.TransactionID, r.Version)
	}
	r.Kind = kind
	body, err := s.ring.Open(r.Body, r.binding())
	if err != nil {
		return r, fault.Wrap(fault.Internal, err,
			fmt.Sprintf("the content %q of %s/%d cannot be opened", kind, r.TransactionID, r.Version))
	}
	r.Body = body
	return r, nil
}
