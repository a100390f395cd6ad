package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/han"
)

// versionInfo tells what this program is built from.
type versionInfo struct {
	Version      string   `json:"version"`
	Revision     string   `json:"revision,omitempty"`
	Go           string   `json:"go"`
	Platform     string   `json:"platform"`
	Dictionaries dataInfo `json:"dictionaries"`
	Model        dataInfo `json:"model"`
}

// dataInfo names the dictionaries or the model.
type dataInfo struct {
	Version     string `json:"version"`
	Fingerprint string `json:"fingerprint"`
}

func (d dataInfo) String() string { return d.Version + ", fingerprint " + d.Fingerprint }

func newVersion(con console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the versions of the program, its dictionaries and its model",
		Args:  noArguments,
		RunE: action(func(*cobra.Command, []string) error {
			v := currentVersion()
			if asJSON {
				return con.writeJSON(v)
			}
			_, err := fmt.Fprint(con.stdout(), v)
			return err
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	return cmd
}

func currentVersion() versionInfo {
	v := versionInfo{
		Version:      buildVersion(),
		Go:           runtime.Version(),
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
		Dictionaries: dataInfo{han.DictionaryVersion(), han.Fingerprint()},
		Model:        dataInfo{han.ModelVersion(), han.ModelFingerprint()},
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		v.Revision = revision(build)
	}
	return v
}

// String is what people read.
func (v versionInfo) String() string {
	s := "hanconv       " + v.Version + "\n"
	if v.Revision != "" {
		s += "revision      " + v.Revision + "\n"
	}
	return s + fmt.Sprintf("go            %s %s\ndictionaries  %s\nmodel         %s\n",
		v.Go, v.Platform, v.Dictionaries, v.Model)
}

// version is set by builds that have no history: -ldflags "-X main.version=v1.2.3".
var version string

func buildVersion() string {
	if version != "" {
		return version
	}
	build, ok := debug.ReadBuildInfo()
	if !ok || build.Main.Version == "" {
		return "(devel)"
	}
	return build.Main.Version
}

func revision(build *debug.BuildInfo) string {
	var rev, changed string
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision":
			rev = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	if rev == "" {
		return ""
	}
	return rev + changed
}
