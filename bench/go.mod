module github.com/hanconv/hanconv/bench

go 1.26.0

require (
	github.com/hanconv/hanconv v0.0.0
	github.com/longbridgeapp/opencc v0.3.13
)

require (
	github.com/liuzl/cedar-go v0.0.0-20170805034717-80a9c64b256d // indirect
	github.com/liuzl/da v0.0.0-20180704015230-14771aad5b1d // indirect
	github.com/tailscale/hujson v0.0.0-20260727124030-b80ff77dac4f // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/hanconv/hanconv => ../
