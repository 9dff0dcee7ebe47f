import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { buildObject } from '../src/index.ts';
import { layouts, place } from '../src/record-layout.ts';
import { generated } from '../tools/gen-header.ts';
import { readStructs, section } from './btf.ts';

const noClang = spawnSync('clang', ['--version']).status !== 0 ? 'clang is not installed' : false;

describe('the layout that C and TypeScript share', () => {
  it('is what the generated files say', () => {
    for (const [file, text] of generated()) assert.equal(readFileSync(file, 'utf8'), text, `${file} is out of date`);
  });

  for (const arch of ['x64', 'arm64']) {
    it(`is what the compiler made of it for ${arch}`, { skip: noClang }, () => {
      const directory = mkdtempSync(path.join(os.tmpdir(), 'waspglass-btf-'));
      try {
        const file = path.join(directory, 'sensor.bpf.o');
        assert.equal(buildObject(file, arch), 'built');
        assert.equal(buildObject(file, arch), 'fresh');
        const object = readFileSync(file);
        const structs = readStructs(object);
        for (const layout of layouts) {
          const { members, size } = place(layout);
          const found = structs.get(layout.name);
          assert.ok(found, layout.name);
          assert.equal(found.size, size, layout.name);
          const offsets = members.map(({ name, offset }) => [name, offset]);
          assert.deepEqual(
            found.members.map(({ name, offset }) => [name, offset]),
            offsets,
          );
        }
        const license = section(object, 'license').toString('latin1');
        assert.equal(license, 'GPL\0');
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
});
