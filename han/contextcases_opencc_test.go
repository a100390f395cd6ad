package han_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/internal/oracle"
)

// TestContextOpenCCCases: context changes no case of OpenCC's but those listed
// in opencc.tsv, each with the reason. HANCONV_OPENCC=FILE writes what changes.
func TestContextOpenCCCases(t *testing.T) {
	listed := map[string]string{} // by profile and input: what it becomes
	for _, row := range contextCases(t, "opencc.tsv", 4) {
		listed[row[0]+" "+row[1]] = row[2]
		if row[3] == "" {
			t.Errorf("no reason for %s %s", row[0], row[1])
		}
	}
	converter := contextOrNot(t)
	var changed []string
	for _, c := range oracle.Load().Cases {
		for _, profile := range contextProfiles {
			want, ok := c.Expected[profile]
			if !ok {
				continue
			}
			got := converter(profile).Convert(c.Input)
			if got == want {
				continue
			}
			changed = append(changed, profile+"\t"+c.Input+"\t"+got+"\t"+want)
			if key := profile + " " + c.Input; listed[key] != got {
				t.Errorf("%s\n\tbecomes %s\n\tOpenCC  %s", key, got, want)
			}
			delete(listed, profile+" "+c.Input)
		}
	}
	for key := range listed {
		t.Errorf("listed, but not changed: %s", key)
	}
	if name := os.Getenv("HANCONV_OPENCC"); name != "" {
		slices.Sort(changed)
		if err := os.WriteFile(name, []byte(strings.Join(changed, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
