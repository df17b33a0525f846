module paft.io/dev/cluster/test/probe

go 1.26.0
