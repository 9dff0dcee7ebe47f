import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { chisels } from '@waspglass/chisels';
import { completion } from '../src/commands/completion.ts';
import { allCommands } from '../src/commands.ts';
import { namesOf } from '../src/completion.ts';
import { runCommand } from './run.ts';

const script = async (shell: string) => (await runCommand(completion(allCommands), [shell])).out;

/** What bash offers for the last of the words. */
function offered(source: string, words: readonly string[]): string[] {
  const line = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _waspglass; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', `${source}\n${ask}`], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout.trimEnd().split('\n');
}

test('bash completes commands, options, chisels, values and fields', async () => {
  const source = await script('bash');
  assert.deepEqual(offered(source, ['waspglass', 'com']), ['completion']);
  assert.deepEqual(offered(source, ['waspglass', 'read', '--only']), ['--only-related']);
  assert.deepEqual(offered(source, ['waspglass', 'read', 'x', '-c', 'list_']), ['list_login_shells']);
  assert.deepEqual(offered(source, ['waspglass', 'read', 'x', '--chisel', '']).length, chisels.length);
  assert.deepEqual(offered(source, ['waspglass', 'read', 'x', '-t', '']), ['h', 'a', 'r', 'd', 'D']);
  assert.deepEqual(offered(source, ['waspglass', 'read', 'x', 'proc.loginsh']), ['proc.loginshellid']);
  assert.deepEqual(offered(source, ['waspglass', 'completion', '']), ['bash', 'zsh']);
});

test('both scripts name every option of every command', async () => {
  const [bash, zsh] = [await script('bash'), await script('zsh')];
  assert.match(zsh, /^#compdef waspglass\n/);
  for (const { name, command } of await allCommands()) {
    assert.ok(zsh.includes(`\n    ${name})\n`), name);
    for (const option of command.options) {
      for (const word of namesOf(option).names) {
        assert.match(word, /^--?[\w-]+$/, `${name} ${option.flags}`);
        assert.ok(bash.includes(word) && zsh.includes(`${word}[`), `${name} ${word}`);
      }
    }
  }
});

test('another shell is wrong use', async () => {
  assert.equal((await runCommand(completion(allCommands), ['fish'])).code, 2);
  assert.equal((await runCommand(completion(allCommands), [])).code, 2);
});
