import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: {
    // The library's source, so that the page does not depend on the order in which workspaces are built.
    alias: { '@countersign/sdk-web': new URL('../../../libs/sdk-web/src/index.ts', import.meta.url).pathname },
  },
  html: {
    // The bank's server puts the nonce of each answer here; Mantine's style elements carry it.
    cspNonce: '__CSP_NONCE__',
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // An inlined asset would be a data: address, which the page's policy does not allow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
});
