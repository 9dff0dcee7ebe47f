import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { options } from '../src/config/options.ts';
import { checkConfig, parseConfig, withDefaults } from '../src/config/read.ts';
import { sampleConfig } from '../src/config/sample.ts';

const messages = (source: string) => parseConfig(source, 'w.yaml').errors.map((e) => e.message);

test('every default is of its own kind', () => {
  for (const [name, option] of Object.entries(options)) {
    assert.notEqual(option.kind.parse(option.default), undefined, name);
  }
});

test('values are read and directories follow the instance', () => {
  const { config, errors } = parseConfig('instance: bee\nvictim:\n  ssh_port: 22\n', 'w.yaml');
  assert.deepEqual(errors, []);
  assert.equal(config['victim.ssh_port'], 22);
  assert.equal(config.state_directory, '/var/lib/bee');
  assert.equal(config.run_directory, '/run/bee');
  assert.equal(config['console.port'], options['console.port'].default);
});

test('accounts come from their set unless given', () => {
  const passwords = (source: string) => parseConfig(source, 'w.yaml').config['victim.accounts'].map((a) => a.password);
  assert.deepEqual(passwords(''), ['passw0rd', 'user', 'user2']);
  assert.deepEqual(passwords('victim: {account_set: second}'), ['test123', 'user', 'user2']);
  assert.deepEqual(passwords('victim: {accounts: [{name: pi, password: raspberry}]}'), ['raspberry']);
  assert.deepEqual(messages('victim: {account_set: third}'), [
    'WG_CONFIG_WRONG_VALUE: w.yaml:1:23: victim.account_set: found "third", expected one of first, second',
  ]);
});

test('an unknown option names line, column and the nearest option', () => {
  assert.deepEqual(messages('victim:\n  ssh_prot: 22\n'), [
    'WG_CONFIG_UNKNOWN_OPTION: w.yaml:2:3: no option "victim.ssh_prot"; did you mean "victim.ssh_port"?',
  ]);
});

test('a wrong value says what was found and what was expected', () => {
  assert.deepEqual(messages('victim:\n  ssh_port: lots\n'), [
    'WG_CONFIG_WRONG_VALUE: w.yaml:2:13: victim.ssh_port: found "lots", expected a port from 1 to 65535',
  ]);
  assert.deepEqual(messages('victim: 3\n'), [
    'WG_CONFIG_WRONG_VALUE: w.yaml:1:9: found 3, expected a mapping of victim.… options',
  ]);
});

test('a wrong account never shows its password', () => {
  const [message = ''] = messages('victim:\n  accounts:\n    - name: "Bad Name"\n      password: hunter2\n');
  assert.match(message, /w\.yaml:3:5: victim\.accounts: found a list that does not fit/);
  assert.doesNotMatch(message, /hunter2/);
});

test('all errors of a file are reported together; bad YAML is one error with its line', () => {
  assert.equal(messages('a: 1\nb: 2\n').length, 2);
  assert.match(messages('victim: [\n')[0] ?? '', /^WG_CONFIG_SYNTAX: w\.yaml:\d+:\d+: not valid YAML/);
  assert.match(messages('instance: a\ninstance: b\n')[0] ?? '', /WG_CONFIG_DUPLICATE: w\.yaml:2:1/);
});

test('a missing default file means defaults, a missing named file is an error', () => {
  assert.deepEqual(withDefaults({}).instance, 'waspglass');
  assert.throws(() => checkConfig('/nonexistent/w.yaml'), /WG_CONFIG_UNREADABLE: \/nonexistent\/w\.yaml/);
});

test('the sample is valid when its comments are removed', () => {
  const body = sampleConfig()
    .split('\n')
    .filter((line) => !/^# +#|^# W/.test(line))
    .map((line) => line.replace(/^# /, ''))
    .join('\n');
  const { errors } = parseConfig(body, 'sample.yaml');
  assert.deepEqual(errors, []);
  assert.equal(Object.keys(parse(body)).length > 5, true);
});

test('choices of rules that contradict each other are refused', () => {
  const { errors } = parseConfig('rules:\n  only_tags: [ssh]\n  disable_tags: [file]\n', 'w.yaml');
  assert.match(errors[0]?.message ?? '', /w\.yaml.*rules\.only_tags: found beside .*expected only one of these/);
  assert.deepEqual(parseConfig('rules:\n  only_tags: [ssh]\n', 'w.yaml').errors, []);
});
