package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/han"
)

// completeProfile offers the profiles, and files once the word cannot be a profile's name any more.
func completeProfile(_ *cobra.Command, _ []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, p := range han.Profiles() {
		if strings.HasPrefix(p.Name, word) {
			found = append(found, cobra.CompletionWithDesc(p.Name, p.Description))
		}
	}
	if found == nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

func completeLanguage(tag func(han.Profile) string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var tags []cobra.Completion
		for _, p := range han.Profiles() {
			tags = append(tags, tag(p))
		}
		slices.Sort(tags)
		return slices.Compact(tags), cobra.ShellCompDirectiveNoFileComp
	}
}
