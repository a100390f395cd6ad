package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/server"
)

// exampleServer stands for a server that runs elsewhere.
func exampleServer() (addr string, stop func()) {
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := server.New()
	go func() {
		if err := s.Serve(l); err != nil {
			log.Print(err)
		}
	}()
	return l.Addr().String(), func() { _ = s.Shutdown(context.Background()) }
}

func exampleClient() (c *client.Client, stop func()) {
	addr, stopServer := exampleServer()
	c, err := client.New(addr)
	if err != nil {
		log.Fatal(err)
	}
	return c, func() {
		_ = c.Close()
		stopServer()
	}
}

func Example() {
	addr, stop := exampleServer()
	defer stop()

	c, err := client.New(addr)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	result, err := c.Convert(context.Background(), "鼠标里面的软件", client.Options{Profile: "s2twp"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Text)
	// Output: 滑鼠裡面的軟體
}

func ExampleClient_Convert_languages() {
	c, stop := exampleClient()
	defer stop()

	result, err := c.Convert(context.Background(), "頭髮", client.Options{Source: "zh-Hant-TW", Target: "zh-Hans"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Text, result.Profile)
	// Output: 头发 tw2s
}

func ExampleClient_Convert_alignment() {
	c, stop := exampleClient()
	defer stop()

	o := client.Options{Profile: "s2twp", Alignment: client.CodePoints}
	result, err := c.Convert(context.Background(), "用鼠标点", o)
	if err != nil {
		log.Fatal(err)
	}
	source, target := []rune("用鼠标点"), []rune(result.Text)
	for _, s := range result.Spans {
		fmt.Println(string(source[s.Source.Start:s.Source.End]), "→", string(target[s.Target.Start:s.Target.End]))
	}
	// Output:
	// 用 → 用
	// 鼠标 → 滑鼠
	// 点 → 點
}

func ExampleClient_ConvertBatch() {
	c, stop := exampleClient()
	defer stop()

	texts := []string{"头发", "broken \xff", "发财"}
	batch, err := c.ConvertBatch(context.Background(), texts, client.Options{Profile: "s2t", Strict: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range batch.Items {
		if item.Err != nil {
			fmt.Println(item.Err)
			continue
		}
		fmt.Println(item.Text)
	}
	// Output:
	// 頭髮
	// INVALID_ARGUMENT: the text is not UTF-8: see the byte at offset 7 of raw_text
	// 發財
}

func ExampleClient_NewReader() {
	c, stop := exampleClient()
	defer stop()

	r := c.NewReader(context.Background(), strings.NewReader("后来，皇后在后面。\n"), client.Options{Profile: "s2t"})
	defer r.Close()
	if _, err := io.Copy(os.Stdout, r); err != nil {
		log.Fatal(err)
	}
	// Output: 後來，皇后在後面。
}

func ExampleClient_NewWriter() {
	c, stop := exampleClient()
	defer stop()

	w := c.NewWriter(context.Background(), os.Stdout, client.Options{Profile: "s2t"})
	fmt.Fprintln(w, "干燥的乾坤")
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	// Output: 乾燥的乾坤
}

func ExampleError() {
	c, stop := exampleClient()
	defer stop()

	_, err := c.Convert(context.Background(), "x", client.Options{Profile: "s2twpp"})
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Reason, e.Fields, e.Suggestion())
	}
	// Output: INVALID_ARGUMENT UNKNOWN_PROFILE [options.profile] s2twp
}
