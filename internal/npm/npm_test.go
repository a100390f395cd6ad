package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
)

func TestUnpack(t *testing.T) {
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	tape := tar.NewWriter(zipped)
	for name, text := range map[string]string{"package/s2t.json": "{}", "package/a/STCharacters.txt": "头\t頭\n"} {
		if err := tape.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tape.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := unpack(archive.Bytes())
	if err != nil || len(files) != 2 || string(files["STCharacters.txt"].Data) != "头\t頭\n" {
		t.Errorf("%v, %v", files, err)
	}
	for _, n := range []int{0, 5, archive.Len() / 2} {
		if _, err := unpack(archive.Bytes()[:n]); err == nil {
			t.Errorf("unpacked the first %d of %d bytes", n, archive.Len())
		}
	}
}
