import { defineConfig } from "@backfill/http";

export default defineConfig({
  permissions: {
    // What hooks may reach; nothing else leaves.
    http: [
      "https://api.github.com/*", // every path of this host
    ],
  },
  // What Secrets.get gives:
  // secrets: { api_key: { env: "API_KEY" } },

  // While developing, a server on this machine can stand in for a host:
  // development: {
  //   resolve: ["api.github.com:443:127.0.0.1:8443"],
  //   ca: readFileSync("ca.pem", "utf8"), // of the authority that signed its certificate
  // },
});
