import { defineConfig } from "@backfill/http";

export default defineConfig({
  permissions: {
    http: ["https://api.stripe.com/*"],
  },
  secrets: { stripe_api_key: process.env["STRIPE_KEY"] },
});
