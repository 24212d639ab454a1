/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` talks to an engine that runs on its usual port.
const ENGINE = process.env["FLOWENGINE_URL"] ?? "http://127.0.0.1:8880";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the Content-Security-Policy allows no inline code
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // A few chunks of a kind instead of one for each shared module: fewer requests before the first screen.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            {
              name: "app",
              test: /ui\/src\/(api|state|logic|parts|edit|i18n\/index|shell|properties|panels\/(Messages|tapStore)\.|canvas\/(Palette|Outline|dragKind))/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: ENGINE, ws: true } } },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000, // nothing here takes a second, but for a machine that does something else
  },
});
