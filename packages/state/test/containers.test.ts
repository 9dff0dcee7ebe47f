import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, run } from './stream.ts';

const described = (text: string) => run([event('CONTAINER_JSON_E', -1, text)]).containers;

test('descriptions of containers are taken in, whatever they hold', () => {
  const container = described(
    '{"container":{"id":"0123456789abcdef","type":11,"Mounts":[1,null,{"Source":"/a"}]}}\n',
  ).get('0123456789ab');
  assert.equal(container?.type, 'podman');
  assert.deepEqual(
    container?.mounts.map(({ source, rdwr }) => [source, rdwr]),
    [
      ['', false],
      ['', false],
      ['/a', false],
    ],
  );
  for (const damaged of ['null', '{"container":[]}', '{"container":{"id":7}}', '{"container":', '"x"']) {
    assert.equal(described(damaged).refused, 1, damaged);
  }
});

test('no more containers are kept than memory allows', () => {
  const events = Array.from({ length: 5000 }, (_, i) =>
    event('CONTAINER_JSON_E', -1, JSON.stringify({ container: { id: `c${i}`, name: 'x' } })),
  );
  assert.equal(run(events).containers.refused, 5000 - 4096);
  const long = 'x'.repeat(60_000);
  const large = Array.from({ length: 300 }, (_, i) =>
    event('CONTAINER_JSON_E', -1, JSON.stringify({ container: { id: `c${i}`, name: long } })),
  );
  assert.ok(run(large).containers.refused > 10);
});
