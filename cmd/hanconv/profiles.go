package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/han"
)

func newProfiles(con console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profiles",
		Short: "List the built-in profiles",
		Long: "List the built-in profiles with the languages that they convert between. Those with\n" +
			"\"yes\" under PHRASES replace regional vocabulary, not only characters; those with \"yes\"\n" +
			"under CONTEXT have something to choose by context. Below are the versions of what they use.",
		Args: noArguments,
		RunE: action(func(*cobra.Command, []string) error {
			if asJSON {
				return con.writeJSON(profileList())
			}
			return writeProfiles(con.stdout())
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON array")
	return cmd
}

// listedProfile is a profile in JSON.
type listedProfile struct {
	Name        string `json:"name"`
	Source      string `json:"source"`
	Target      string `json:"target"`
	Phrases     bool   `json:"phrases"`
	Context     bool   `json:"context"`
	Description string `json:"description"`
}

func profileList() []listedProfile {
	var list []listedProfile
	for _, p := range han.Profiles() {
		list = append(list, listedProfile{p.Name, p.Source, p.Target, p.Phrases, p.ChoosesByContext(), p.Description})
	}
	return list
}

func writeProfiles(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NAME\tFROM\tTO\tPHRASES\tCONTEXT\tDESCRIPTION") // Flush gives the error
	for _, p := range profileList() {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			p.Name, p.Source, p.Target, yesOrNo(p.Phrases), yesOrNo(p.Context), p.Description)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	v := currentVersion()
	_, err := fmt.Fprintf(w, "\ndictionaries  %s\nmodel         %s\n", v.Dictionaries, v.Model)
	return err
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
