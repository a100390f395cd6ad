package opencc

import "bytes"

// tooDeep returns the offset of the first bracket that opens more than limit
// levels, or -1. The JSON parser calls itself for each level and would
// exhaust the stack, which nothing can recover from.
func tooDeep(data []byte, limit int) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '[', '{':
			if depth++; depth > limit {
				return i
			}
		case ']', '}':
			depth--
		case '"':
			i += stringLen(data[i:]) - 1
		case '/':
			i += commentLen(data[i:]) - 1
		}
	}
	return -1
}

// stringLen measures the string literal at the start of data.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// commentLen measures the comment at the start of data, which is 1 if there
// is none.
func commentLen(data []byte) int {
	end := "\n"
	switch {
	case bytes.HasPrefix(data, []byte("/*")):
		end = "*/"
	case !bytes.HasPrefix(data, []byte("//")):
		return 1
	}
	if n := bytes.Index(data[2:], []byte(end)); n >= 0 {
		return 2 + n + len(end)
	}
	return len(data)
}
