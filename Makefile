# What takes longer than a test. .ci/run has the short forms.

.PHONY: attack soak

# Floods, crowds, deaf readers and bombs and overload against a server on this machine: about eight minutes.
attack:
	cd bench && go run ./siege stream read bomb flood reset stalled idle overload

# A mixture of all calls; TIME=1h makes it longer than two minutes.
soak:
	cd bench && go run ./siege -soak $(or $(TIME),2m) soak
