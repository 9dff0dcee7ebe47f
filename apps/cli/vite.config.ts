/**
 * The modules of the command line in few files, for `waspglass read`: loading a hundred modules one by one takes as long as
 * reading a million events. bin/waspglass takes these files only while no source is newer.
 */
export default {
  logLevel: 'warn',
  ssr: { noExternal: [/^@waspglass\//, 're2js'] },
  build: {
    ssr: true,
    target: 'node24',
    minify: false,
    outDir: '../../build/cli',
    emptyOutDir: true,
    rollupOptions: {
      input: { main: 'src/main.ts', 'inflate-worker': '../../packages/scap/src/inflate-worker.ts' },
      output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
};
