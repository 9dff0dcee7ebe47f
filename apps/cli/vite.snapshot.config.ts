/** The commands that read captures in one file without modules, which is what a start-up snapshot of Node.js is made from. */
export default {
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node24',
    minify: false,
    outDir: '../../build/cli',
    emptyOutDir: false,
    rollupOptions: {
      input: { snapshot: 'src/snapshot.ts' },
      output: { format: 'cjs', codeSplitting: false, entryFileNames: '[name].cjs' },
    },
  },
};
