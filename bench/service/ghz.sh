#!/usr/bin/env bash
# Puts load with ghz on hanconv and on the echo server, in turns, and prints a
# table in Markdown.
#
#   ./ghz.sh                     # builds and starts both, s2t and s2twp
#   ./ghz.sh ADDRESS [PROFILE]   # a server that runs already, s2t unless given
#
# TIME=10s and TEXT=FILE in the environment change how long each row takes and
# what is converted. GHZ and HANCONV name programs that are there already.
set -euo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

ghz=${GHZ:-$work/ghz}
[ -x "$ghz" ] || GOBIN=$work go install github.com/bojand/ghz/cmd/ghz@v0.93.0

# text CHARACTERS prints so many characters, nearly all of them of three bytes.
# Quotes, backslashes and line ends would need escapes in JSON; they are left
# out.
text() {
	local article text=''
	article=$(tr -d '"\\\r\n\t' <"${TEXT:-$root/testdata/article.zh-Hans.txt}")
	while ((${#text} < $1)); do text+=$article; done
	printf '%s' "${text:0:$1}"
}

# listening FILE waits for the address that a server has written there.
listening() {
	local address
	for _ in {1..500}; do
		address=$(sed -n 's/.*listening on \([^ ]*\)$/\1/p' "$1" | head -n 1)
		[ -n "$address" ] && break
		sleep 0.02
	done
	echo "${address:?"$(cat "$1")"}"
}

# load ADDRESS METHOD CALLERS FILE runs ghz.
load() {
	"$ghz" --insecure --import-paths "$root/proto" --proto hanconv/v1/conversion_service.proto \
		--call "hanconv.v1.ConversionService/$2" --connections 1 --concurrency "$3" \
		--duration "${TIME:-5s}" --duration-stop wait --data-file "$4" "$1" >"$work/report"
}

# row NAME ADDRESS PROFILE METHOD CALLERS CHARACTERS measures and prints a row.
# A stream has sixteen chunks.
row() {
	local options="{\"profile\":\"$3\"}" size
	size=$(text "$6" | wc -c)
	if [ "$4" = Convert ]; then
		printf '{"options":%s,"text":"%s"}' "$options" "$(text "$6")" >"$work/data"
	else
		local chunk
		chunk=$(printf ',{"chunk":"%s"}' "$(text "$6" | base64 -w 0)")
		printf '[{"options":{"options":%s}}' "$options" >"$work/data"
		for _ in {1..16}; do printf '%s' "$chunk"; done >>"$work/data"
		printf ']' >>"$work/data"
		size=$((16 * size))
	fi
	load "$2" "$4" "$5" "$work/data"
	awk -v what="$4, $size bytes, $5 at a time" -v name="$1" -v bytes="$size" '
		/Requests\/sec:/ { rate = $2 }
		/50 % in/ { p50 = $4 " " $5 }
		/99 % in/ { p99 = $4 " " $5 }
		/distribution:/ { counting = /^Status/ }
		counting && /^ *\[/ { calls = calls $1 " " $2 " " }
		END { printf "| %s | %s | %.0f | %.0f | %s | %s | %s|\n", what, name, rate, rate * bytes / 1e6, p50, p99, calls }
	' "$work/report"
}

# rows takes the arguments of row but for the first three, and measures each
# server.
rows() {
	for s in "${servers[@]}"; do
		IFS='|' read -r name address profile <<<"$s"
		row "$name" "$address" "$profile" "$@"
	done
}

servers=("$*|${1:-}|${2:-s2t}")
if [ $# -eq 0 ]; then
	(cd "$root/bench" && go build -o "$work/service" ./service)
	hanconv=${HANCONV:-$work/hanconv}
	[ -x "$hanconv" ] || (cd "$root" && go build -o "$hanconv" ./cmd/hanconv)
	"$work/service" echo 2>"$work/echo.log" &
	"$hanconv" serve --listen 127.0.0.1:0 --log-calls failed 2>"$work/hanconv.log" &
	echo_address=$(listening "$work/echo.log")
	address=$(listening "$work/hanconv.log")
	servers=("echo|$echo_address|s2t" "s2t|$address|s2t" "s2twp|$address|s2twp")
fi

echo '| load | server | calls a second | MB/s | p50 | p99 | status |'
echo '| --- | --- | --: | --: | --: | --: | --- |'
rows Convert 1 100
rows Convert 64 100
rows Convert 1 6667
rows Convert 64 6667
rows StreamConvert 1 20000
rows StreamConvert 4 20000
