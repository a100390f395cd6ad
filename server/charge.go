package server

import pb "github.com/hanconv/hanconv/proto/hanconv/v1"

// An alignment has a span for every few characters, and for those decided by context their candidates. Together with the
// reply that is made of them, they take so many times as much memory as the text, if it is the worst there is; of prose
// they take a third of that.
const (
	alignedCharge        = 60
	alignedContextCharge = 160
)

// aligning is a request that may want an alignment.
type aligning interface {
	GetAlignmentUnit() pb.OffsetUnit
	GetOptions() *pb.ConversionOptions
}

// charge is how much of the memory for texts a request of so many bytes takes.
func (v *visit) charge(request any, size int) int {
	r, ok := request.(aligning)
	if !ok || r.GetAlignmentUnit() == pb.OffsetUnit_OFFSET_UNIT_UNSPECIFIED {
		return size
	}
	limit, factor := v.setup.limits.AlignedTextBytes, alignedCharge
	if _, ok := request.(*pb.BatchConvertRequest); ok {
		limit = v.setup.limits.AlignedBatchBytes
	}
	if context, err := wantsContext(r.GetOptions()); context || err != nil {
		factor = alignedContextCharge
	}
	return size + factor*min(size, limit) // what is more will be refused
}
