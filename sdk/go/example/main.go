// The example "Making a request" of the documentation, in Go.
package main

import (
	"encoding/json"
	"errors"
	"time"

	"backfill/hook"
	"backfill/http"
	"backfill/log"
	"backfill/secrets"
)

func init() { hook.Handle(run) }

func main() {}

func run(event json.RawMessage) (json.RawMessage, error) {
	key, _ := secrets.Get("stripe_api_key")
	res, err := http.Get("https://api.stripe.com/v1/customers", http.Bearer(key), http.Timeout(10*time.Second))
	if err != nil {
		return nil, err
	}

	if !res.OK {
		log.Error("Stripe call failed", "status", res.Status, "body", res.Text())
		return nil, errors.New("Stripe call failed")
	}

	var customers struct{ Data json.RawMessage }
	err = res.JSON(&customers)
	return customers.Data, err
}
