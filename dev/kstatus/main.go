// Reads manifests with their status on standard input and prints one line for each: name, kstatus, and what kstatus says about it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	manifests := yaml.NewYAMLOrJSONDecoder(in, 4096)
	for {
		document := runtime.RawExtension{}
		if err := manifests.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(document.Raw) == 0 {
			continue
		}
		// Its own reader keeps whole numbers whole; kstatus refuses a generation of 2.0.
		manifest := unstructured.Unstructured{}
		if err := manifest.UnmarshalJSON(document.Raw); err != nil {
			return err
		}
		result, err := status.Compute(&manifest)
		if err != nil {
			return fmt.Errorf("%s: %w", manifest.GetName(), err)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", manifest.GetName(), result.Status, result.Message)
	}
}
