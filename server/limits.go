package server

import "time"

// Limits bounds what clients can ask of a server. Fields that are zero take the value of DefaultLimits.
type Limits struct {
	// TextBytes is the size of the largest text that Convert and a batch's item take, in bytes of UTF-8.
	TextBytes int
	// AlignedTextBytes is the same for texts whose alignment is wanted: aligning is slower, and one text runs to its
	// end even where the caller has gone.
	AlignedTextBytes int
	// AlignedBatchBytes is BatchBytes for texts whose alignment is wanted: an alignment takes up to a hundred times as much
	// memory as its text.
	AlignedBatchBytes int
	// BatchItems is the number of texts in a batch.
	BatchItems int
	// BatchBytes is the size of all texts of a batch together, in bytes of UTF-8.
	BatchBytes int
	// StreamBytes is the size of the text that one stream takes, in bytes.
	StreamBytes int64

	// RequestTimeout is the time for a call that is no stream, from its first byte to its reply; a client's own deadline
	// may be shorter.
	RequestTimeout time.Duration
	// StreamIdle is how long a stream may stand still, be it that its client sends nothing or receives nothing.
	StreamIdle time.Duration

	// Connections is the number of connections; further ones are closed as soon as they come.
	Connections int
	// ConnectionsPerAddress is the number of connections of one IP address; 0 is no limit. Behind a proxy all clients
	// have one address.
	ConnectionsPerAddress int
	// ConcurrentStreams is the number of calls that one connection has running at a time; further ones wait.
	ConcurrentStreams uint32
	// HeaderListBytes is the size of a call's metadata, in bytes.
	HeaderListBytes uint32

	// HandshakeTimeout is the time for setting up a connection, TLS included.
	HandshakeTimeout time.Duration
	// ConnectionIdle is how long a connection without calls stays open.
	ConnectionIdle time.Duration
	// ConnectionAge is how long a connection takes calls before its client is asked to open another one, which lets
	// clients find servers that were added; ConnectionAgeGrace is the time that running calls have left then.
	ConnectionAge, ConnectionAgeGrace time.Duration
	// PingInterval is how long a connection is silent before the server asks whether the client is still there, and
	// PingTimeout how long it waits for the answer.
	PingInterval, PingTimeout time.Duration
	// ClientPingInterval is how often a client with a call running may ask the same of the server; one that asks more
	// often loses its connection.
	ClientPingInterval time.Duration
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// DefaultLimits are the limits of a server that is given none.
func DefaultLimits() Limits {
	return Limits{
		TextBytes:          4 * mib,
		AlignedTextBytes:   64 * kib,
		AlignedBatchBytes:  mib,
		BatchItems:         1000,
		BatchBytes:         4 * mib,
		StreamBytes:        4 * gib,
		RequestTimeout:     time.Minute,
		StreamIdle:         5 * time.Minute,
		Connections:        8192,
		ConcurrentStreams:  256,
		HeaderListBytes:    16 * kib,
		HandshakeTimeout:   10 * time.Second,
		ConnectionIdle:     15 * time.Minute,
		ConnectionAge:      time.Hour,
		ConnectionAgeGrace: time.Hour,
		PingInterval:       time.Minute,
		PingTimeout:        20 * time.Second,
		ClientPingInterval: 30 * time.Second,
	}
}

// orDefault replaces the fields that are zero.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	fill(&l.TextBytes, d.TextBytes)
	fill(&l.AlignedTextBytes, d.AlignedTextBytes)
	fill(&l.AlignedBatchBytes, d.AlignedBatchBytes)
	fill(&l.BatchItems, d.BatchItems)
	fill(&l.BatchBytes, d.BatchBytes)
	fill(&l.StreamBytes, d.StreamBytes)
	fill(&l.RequestTimeout, d.RequestTimeout)
	fill(&l.StreamIdle, d.StreamIdle)
	fill(&l.Connections, d.Connections)
	fill(&l.ConcurrentStreams, d.ConcurrentStreams)
	fill(&l.HeaderListBytes, d.HeaderListBytes)
	fill(&l.HandshakeTimeout, d.HandshakeTimeout)
	fill(&l.ConnectionIdle, d.ConnectionIdle)
	fill(&l.ConnectionAge, d.ConnectionAge)
	fill(&l.ConnectionAgeGrace, d.ConnectionAgeGrace)
	fill(&l.PingInterval, d.PingInterval)
	fill(&l.PingTimeout, d.PingTimeout)
	fill(&l.ClientPingInterval, d.ClientPingInterval)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// WithDefaults is l with the values of DefaultLimits where fields are zero.
func (l Limits) WithDefaults() Limits { return l.orDefault() }

// MessageBytes is the size of the largest message that the transport takes, in bytes.
func (l Limits) MessageBytes() int { return l.messageBytes() }

// messageBytes is the transport's limit. It is twice what the service accepts, because the transport's own refusal
// carries no details: a message up to this size is read and then refused with limit and size.
func (l Limits) messageBytes() int {
	return 2*max(l.TextBytes, l.BatchBytes) + 64*kib
}
