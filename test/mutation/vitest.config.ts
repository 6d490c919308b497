import { defineConfig, type ViteUserConfig } from "vitest/config";

/** The policy's examples, without its properties: those are random and slow. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/policy/**/*.test.ts"],
    exclude: ["test/policy/properties.test.ts"],
  },
});

export default config;
