package han

import "github.com/hanconv/hanconv/dict"

// FromProgram makes a converter of a compiled program.
func FromProgram(p *dict.Program) *Converter { return &Converter{engine: newEngine(p)} }

// Sparse tells which of the two loops copies text.
func (c *Converter) Sparse() bool { return c.engine.plain.sparse }
