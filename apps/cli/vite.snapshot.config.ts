/** `waspglass read` in one file without modules, which is what a start-up snapshot of Node.js is made from. */
export default {
  logLevel: 'warn',
  ssr: { noExternal: [/^@waspglass\//, 're2js'] },
  build: {
    ssr: true,
    target: 'node24',
    minify: false,
    outDir: '../../build/cli',
    emptyOutDir: false,
    rollupOptions: {
      input: { read: 'src/read-snapshot.ts' },
      output: { format: 'cjs', codeSplitting: false, entryFileNames: '[name].cjs' },
    },
  },
};
