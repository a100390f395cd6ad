package scoring

// none stands where a conversion has no character for one that is wanted.
const none rune = 0

// align returns which character of got stands at each place of want. Texts of
// different lengths are matched by their longest common piece, then what is left
// and right of it in the same way (Ratcliff and Metzener, "Pattern Matching: The
// Gestalt Approach", 1988); between two pieces characters belong together where
// both texts have as many of them.
func align(want, got []rune) []rune {
	if len(want) == len(got) {
		return got
	}
	m := matcher{want: want, got: got, places: map[rune][]int{}, at: make([]rune, len(want))}
	for j, c := range got {
		m.places[c] = append(m.places[c], j)
	}
	m.match(0, len(want), 0, len(got))
	m.gap(len(want), len(got))
	return m.at
}

type matcher struct {
	want, got []rune
	places    map[rune][]int // of got, ascending
	at        []rune         // the result
	i, j      int            // want and got are matched up to here
}

// match matches want[i0:i1] with got[j0:j1].
func (m *matcher) match(i0, i1, j0, j1 int) {
	i, j, n := m.longest(i0, i1, j0, j1)
	if n == 0 {
		return
	}
	if i0 < i && j0 < j {
		m.match(i0, i, j0, j)
	}
	m.gap(i, j)
	copy(m.at[i:], m.got[j:j+n])
	m.i, m.j = i+n, j+n
	if m.i < i1 && m.j < j1 {
		m.match(m.i, i1, m.j, j1)
	}
}

// gap is what lies between the last piece and the next one, at i and j.
func (m *matcher) gap(i, j int) {
	if i-m.i == j-m.j {
		copy(m.at[m.i:i], m.got[m.j:j])
	}
}

// longest finds the longest common piece, of several the first in want, and of
// those the first in got.
func (m *matcher) longest(i0, i1, j0, j1 int) (bestI, bestJ, best int) {
	ending := map[int]int{} // length of the common piece that ends at a place of got
	for i := i0; i < i1; i++ {
		next := map[int]int{}
		for _, j := range m.places[m.want[i]] {
			if j < j0 {
				continue
			}
			if j >= j1 {
				break
			}
			n := ending[j-1] + 1
			next[j] = n
			if n > best {
				bestI, bestJ, best = i-n+1, j-n+1, n
			}
		}
		ending = next
	}
	return bestI, bestJ, best
}
