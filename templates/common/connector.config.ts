import { defineConnector } from "@backfill/http";

export default defineConnector({
  name: "{{name}}",
  routes: {
    hello: { hook: "hooks/hello.ts" },
  },
});
