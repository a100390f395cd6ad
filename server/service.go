package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// service implements hanconv.v1.ConversionService.
type service struct {
	pb.UnimplementedConversionServiceServer
	pool *pool
}

// Convert implements the RPC.
func (s *service) Convert(ctx context.Context, req *pb.ConvertRequest) (*pb.ConvertResponse, error) {
	v := visitOf(ctx)
	c, err := newConversion(v.setup.catalog, req.GetOptions(), req.GetAlignmentUnit())
	if err != nil {
		return nil, wire(err)
	}
	t, ok := requestText(req)
	if !ok {
		return nil, textMissing().err()
	}
	if err := v.checkTextSize(c, t); err != nil {
		return nil, wire(err)
	}
	call := callOf(ctx)
	call.chose(c)
	out, err := c.convert(ctx, s.pool, t)
	if err != nil {
		return nil, wire(err)
	}
	call.converted(t.bytes, out)
	if !c.aligns() {
		returnWhenSent(ctx, out.bytes)
	}
	resp := &pb.ConvertResponse{Conversion: c.info(), Alignment: out.alignment}
	if out.isRaw {
		resp.Content = &pb.ConvertResponse_RawText{RawText: out.bytes}
	} else {
		resp.Content = &pb.ConvertResponse_Text{Text: stringOf(out.bytes)}
	}
	return resp, nil
}

func requestText(req *pb.ConvertRequest) (text, bool) {
	switch t := req.GetContent().(type) {
	case *pb.ConvertRequest_Text:
		return text{bytes: bytesOf(t.Text)}, true
	case *pb.ConvertRequest_RawText:
		return text{bytes: t.RawText, isRaw: true}, true
	}
	return text{}, false
}

func (v *visit) checkTextSize(c conversion, t text) error {
	limit, advice := v.textBytes(), "send it through StreamConvert"
	if aligned := v.setup.limits.AlignedTextBytes; c.aligns() && aligned < limit {
		limit, advice = aligned, "cut it at line ends and send a batch"
	}
	if len(t.bytes) > limit {
		return tooManyBytes(t.field(), int64(len(t.bytes)), int64(limit), advice)
	}
	return nil
}

// BatchConvert implements the RPC.
func (s *service) BatchConvert(ctx context.Context, req *pb.BatchConvertRequest) (*pb.BatchConvertResponse, error) {
	v := visitOf(ctx)
	c, err := newConversion(v.setup.catalog, req.GetOptions(), req.GetAlignmentUnit())
	if err != nil {
		return nil, wire(err)
	}
	if err := v.checkBatchSize(c, req.GetItems()); err != nil {
		return nil, wire(err)
	}
	callOf(ctx).chose(c)
	resp := &pb.BatchConvertResponse{Conversion: c.info()}
	for i, item := range req.GetItems() {
		result := v.convertItem(ctx, c, item, fmt.Sprintf("items[%d].", i))
		if err := interrupted(ctx); err != nil {
			return nil, err
		}
		resp.Results = append(resp.Results, result)
	}
	return resp, nil
}

func (v *visit) checkBatchSize(c conversion, items []*pb.BatchConvertItem) error {
	if n := len(items); n > v.setup.limits.BatchItems {
		return tooManyItems(n, v.setup.limits.BatchItems)
	}
	limit, size := v.batchBytes(), 0
	if c.aligns() {
		limit = min(limit, v.setup.limits.AlignedBatchBytes)
	}
	for _, item := range items {
		t, _ := itemText(item)
		size += len(t.bytes)
	}
	if size > limit {
		return tooManyBytes("items", int64(size), int64(limit), "send several batches")
	}
	return nil
}

func (v *visit) convertItem(
	ctx context.Context, c conversion, item *pb.BatchConvertItem, path string,
) *pb.BatchConvertResult {
	t, ok := itemText(item)
	if !ok {
		return failedItem(textMissing(), path)
	}
	if err := v.checkTextSize(c, t); err != nil {
		return failedItem(err, path)
	}
	out, err := c.convert(ctx, nil, t)
	if err != nil {
		return failedItem(err, path)
	}
	callOf(ctx).converted(t.bytes, out)
	result := &pb.BatchConvertResult{Status: status.New(codes.OK, "").Proto(), Alignment: out.alignment}
	if out.isRaw {
		result.Content = &pb.BatchConvertResult_RawText{RawText: out.bytes}
	} else {
		result.Content = &pb.BatchConvertResult_Text{Text: stringOf(out.bytes)}
	}
	return result
}

func itemText(item *pb.BatchConvertItem) (text, bool) {
	switch t := item.GetContent().(type) {
	case *pb.BatchConvertItem_Text:
		return text{bytes: bytesOf(t.Text)}, true
	case *pb.BatchConvertItem_RawText:
		return text{bytes: t.RawText, isRaw: true}, true
	}
	return text{}, false
}

func failedItem(err error, path string) *pb.BatchConvertResult {
	return &pb.BatchConvertResult{Status: status.Convert(wire(under(path, err))).Proto()}
}

func textMissing() refusal {
	return refusal{
		code:    codes.InvalidArgument,
		reason:  pb.ErrorReason_ERROR_REASON_TEXT_MISSING,
		message: "neither text nor raw_text is set; an empty text has to be set, too",
		fields:  []string{"text"},
	}
}

// ListProfiles implements the RPC.
func (s *service) ListProfiles(ctx context.Context, _ *pb.ListProfilesRequest) (*pb.ListProfilesResponse, error) {
	resp := &pb.ListProfilesResponse{
		DictionaryVersion:     han.DictionaryVersion(),
		DictionaryFingerprint: han.Fingerprint(),
		ModelVersion:          han.ModelVersion(),
		ModelFingerprint:      han.ModelFingerprint(),
	}
	known := visitOf(ctx).setup.catalog
	for _, p := range known.profiles {
		resp.Profiles = append(resp.Profiles, &pb.Profile{
			Name:             p.Name,
			Description:      p.Description,
			SourceLanguage:   p.Source,
			TargetLanguage:   p.Target,
			ReplacesPhrases:  p.Phrases,
			ChoosesByContext: p.ChoosesByContext(),
		})
	}
	return resp, nil
}
