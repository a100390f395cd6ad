#!/usr/bin/env bash
# Puts load on a running hanconv server with ghz and prints a table in Markdown.
#
#   ./ghz.sh [ADDRESS [PROFILE]]     # 127.0.0.1:7420 and s2t unless given
#
# TIME=10s and TEXT=FILE in the environment change how long each row takes and
# what is converted. GHZ names a ghz that is installed; otherwise go runs it.
set -euo pipefail
export LC_ALL=C.UTF-8

address=${1:-127.0.0.1:7420}
profile=${2:-s2t}
root=$(cd "$(dirname "$0")/../.." && pwd)
ghz=${GHZ:-go run github.com/bojand/ghz/cmd/ghz@v0.93.0}

# request CHARACTERS prints a request whose text has so many characters, nearly
# all of them of three bytes. Quotes, backslashes and line ends would need
# escapes in JSON; they are left out.
request() {
	local article text=''
	article=$(tr -d '"\\\r\n\t' <"${TEXT:-$root/testdata/article.zh-Hans.txt}")
	while ((${#text} < $1)); do text+=$article; done
	printf '{"options":{"profile":"%s"},"text":"%s"}' "$profile" "${text:0:$1}"
}

# row CHARACTERS CALLERS measures and prints one row.
row() {
	request "$1" >"$data"
	# shellcheck disable=SC2086 # ghz is a command with arguments
	$ghz --insecure --import-paths "$root/proto" --proto hanconv/v1/conversion_service.proto \
		--call hanconv.v1.ConversionService/Convert --connections 1 --concurrency "$2" \
		--duration "${TIME:-5s}" --duration-stop wait --data-file "$data" "$address" >"$report"
	awk -v bytes="$(wc -c <"$data")" -v callers="$2" '
		/Requests\/sec:/ { rate = $2 }
		/50 % in/ { p50 = $4 " " $5 }
		/99 % in/ { p99 = $4 " " $5 }
		/distribution:/ { counting = /^Status/ }
		counting && /^ *\[/ { calls = calls $1 " " $2 " " }
		END { printf "| %d | %d | %.0f | %s | %s | %s|\n", bytes, callers, rate, p50, p99, calls }
	' "$report"
}

data=$(mktemp) report=$(mktemp)
trap 'rm -f "$data" "$report"' EXIT

echo '| bytes of the request | callers | calls a second | p50 | p99 | status |'
echo '| --: | --: | --: | --: | --: | --- |'
for characters in 100 6667; do
	for callers in 1 64; do
		row $characters $callers
	done
done
