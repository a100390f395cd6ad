package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/server/access"
)

const tokenHelp = `Make a token for a caller of hanconv serve, and the hash by which the server knows
it. The token is shown this once and kept nowhere: give it to the caller, who
sends it with each call as "authorization: Bearer TOKEN". The hash belongs into
the file that --access-file names:

  callers:
    - name: newsroom
      tokens: [sha256:…]

With --stdin the hash is that of a token read from standard input.`

// leastToken is the length of a token that cannot be found by trying, if it is random.
const leastToken = 32

func newToken(con console) *cobra.Command {
	fromStdin := false
	cmd := &cobra.Command{
		Use:     "token",
		Short:   "Make a token for a caller of the server",
		Long:    tokenHelp,
		Example: "  hanconv token\n  hanconv token --stdin < secret",
		Args:    noArguments,
		RunE: action(func(*cobra.Command, []string) error {
			if fromStdin {
				return hashToken(con)
			}
			token := access.NewToken()
			_, err := fmt.Fprintf(con.stdout(), "token: %s\nhash: %s\n", token, access.HashToken(token))
			return err
		}),
	}
	cmd.Flags().BoolVar(&fromStdin, "stdin", false, "print the hash of a token from standard input")
	return cmd
}

func hashToken(con console) error {
	lines := bufio.NewScanner(con.in)
	lines.Scan()
	token := strings.TrimSpace(lines.Text())
	if err := lines.Err(); err != nil {
		return err
	}
	if len(token) < leastToken {
		return fmt.Errorf("a token of %d characters and more is wanted: %w", leastToken, errWeakToken)
	}
	_, err := fmt.Fprintf(con.stdout(), "hash: %s\n", access.HashToken(token))
	return err
}

var errWeakToken = errors.New("shorter ones can be guessed")
