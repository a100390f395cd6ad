package settings

import (
	"net/url"

	"github.com/spf13/pflag"
)

// HTTP is the way in by JSON, gRPC-Web and Connect.
type HTTP struct {
	// Addresses are where HTTP is spoken; nowhere if there are none.
	Addresses []string
	// Origins are the web sites whose scripts may call from a browser.
	Origins []string
}

func (h *HTTP) register(f *pflag.FlagSet) {
	f.StringArrayVar(&h.Addresses, "http-listen", nil,
		"`ADDRESS` to answer HTTP on, like those of --listen: JSON, gRPC-Web, Connect, gRPC, /healthz, /readyz; repeatable")
	f.StringArrayVar(&h.Origins, "cors-origin", nil,
		"`ORIGIN` whose scripts browsers let call, such as https://example.org, or * for all; repeatable")
}

func (h *HTTP) check(o Origins) error {
	for _, origin := range h.Origins {
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != origin) {
			return o.refuse("cors-origin", origin+" is no origin: one like https://example.org or * is wanted")
		}
	}
	if len(h.Origins) > 0 && len(h.Addresses) == 0 {
		return o.refuse("cors-origin", "browsers call by HTTP: http-listen has to give an address")
	}
	return nil
}
