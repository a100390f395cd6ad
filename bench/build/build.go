// Package build builds what bench measures.
package build

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Hanconv builds hanconv's command, from the source that this module stands
// in, as the file program.
func Hanconv(ctx context.Context, program string) error {
	where := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/hanconv/hanconv")
	folder, err := where.Output()
	if err != nil {
		return errors.New("run this inside the folder bench of hanconv's source")
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/hanconv")
	cmd.Dir = strings.TrimSpace(string(folder))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building hanconv: %w\n%s", err, out)
	}
	return nil
}
