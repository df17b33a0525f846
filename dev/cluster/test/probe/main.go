// Probe runs inside a pod and says whether what a pod expects of a cluster is there.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

func check(what string, err error) {
	if err != nil {
		fmt.Printf("FAIL %s: %v\n", what, err)
		os.WriteFile("/dev/termination-log", []byte(what+": "+err.Error()), 0o644)
		os.Exit(3)
	}
	fmt.Println("ok", what)
}

func get(url string, client *http.Client, token string) error {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return err
}

// What names and services lead to follows the pods behind them by a moment, and a name that was not there yet is remembered
// as missing for some seconds.
func soon(url string, client *http.Client, token string) error {
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if err = get(url, client, token); err == nil {
			return nil
		}
	}
	return err
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		check("serve", http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })))
	}
	check("not root", map[bool]error{true: fmt.Errorf("runs as root"), false: nil}[os.Getuid() == 0])
	check("write to the volume", os.WriteFile("/data/file", []byte("written"), 0o640))
	if os.WriteFile("/file", nil, 0o644) == nil {
		check("read-only root", fmt.Errorf("the root file system is writable"))
	}
	addresses, err := net.LookupHost("kubernetes.default.svc")
	check(fmt.Sprint("resolve kubernetes.default.svc to ", addresses), err)
	authority, err := os.ReadFile(account + "ca.crt")
	check("read the cluster's authority", err)
	token, err := os.ReadFile(account + "token")
	check("read the account's token", err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	check("API server by its name", soon("https://kubernetes.default.svc/version", client, string(token)))
	check("another pod through a service", soon("http://server:8080/", client, ""))
	check("another pod by its headless name", soon("http://server.headless:8080/", client, ""))
}
