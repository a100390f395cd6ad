package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Origin is where a value comes from.
type Origin struct {
	// Source is "default", "file", "environment" or "flag".
	Source string
	// Place is the file, the variable or the flag.
	Place string
	// Line is the line in the file, counted from 1.
	Line int
}

// String is what a message says of the place.
func (o Origin) String() string {
	if o.Line > 0 {
		return fmt.Sprintf("%s:%d", o.Place, o.Line)
	}
	if o.Place == "" {
		return o.Source
	}
	return o.Place
}

// Origins has an Origin for each setting that is given; the others have their default.
type Origins map[string]Origin

// Of tells where the value of a setting comes from.
func (o Origins) Of(name string) Origin {
	if origin, ok := o[name]; ok {
		return origin
	}
	return Origin{Source: "default"}
}

// refuse makes an error about the value of a setting.
func (o Origins) refuse(name, reason string) error {
	origin := o.Of(name)
	switch origin.Source {
	case "default":
		return &Error{Reason: name + ": " + reason}
	case "file":
		return &Error{origin, name + ": " + reason}
	}
	return &Error{origin, reason}
}

func (o Origins) firstRefusal(complaints ...complaint) error {
	for _, c := range complaints {
		if c.name != "" {
			return o.refuse(c.name, c.reason)
		}
	}
	return nil
}

func (o Origins) refuseNegative(durations map[string]time.Duration) error {
	var all []error
	for name, d := range durations {
		if d < 0 {
			all = append(all, o.refuse(name, "must not be less than 0s"))
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(all...)
}

// Error is about one setting.
type Error struct {
	Origin Origin
	Reason string
}

func (e *Error) Error() string {
	if e.Origin == (Origin{}) {
		return e.Reason
	}
	return e.Origin.String() + ": " + e.Reason
}
