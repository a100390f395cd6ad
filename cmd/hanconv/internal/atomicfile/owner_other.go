//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

func linkCount(fs.FileInfo) uint64 { return 1 }

func mayKeepOwner(fs.FileInfo) bool { return true }

func keepOwner(*os.File, fs.FileInfo) error { return nil }
