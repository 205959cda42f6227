import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

export default defineConfig({
  // Relative addresses: the built page works from any folder of any web server.
  base: './',
  plugins: [solid()],
  worker: { format: 'es' },
  build: { target: 'es2023' },
});
