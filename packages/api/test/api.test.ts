import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainTerminalText, readQuery, routes, urlOf, visibleSegments, visibleText } from '../src/index.ts';

test('a query is read back as it was written', () => {
  const url = urlOf('alerts', {}, { limit: 20, severity: 4, rule: 'Write to /etc & more' });
  const raw = Object.fromEntries(new URL(url, 'http://console.invalid').searchParams);
  const read = readQuery(routes.alerts.query, raw);
  assert.deepEqual('query' in read && read.query, {
    limit: 20,
    before: '',
    after: '',
    severity: 4,
    rule: 'Write to /etc & more',
  });
  assert.equal(urlOf('session', { id: 'a/b?c' }, {}), '/api/sessions/a%2Fb%3Fc');
});

test('wrong parameters are named with what was expected', () => {
  const problem = (raw: Record<string, unknown>) => {
    const read = readQuery(routes.feed.query, raw);
    return 'problem' in read ? read.problem : '';
  };
  assert.match(problem({ limit: '0' }), /limit: found "0", expected a whole number from 1 to 500/);
  assert.match(problem({ limit: ['1', '2'] }), /limit/);
  assert.match(problem({ kind: 'x' }), /one of all, attempts/);
  assert.match(problem({ nope: '1' }), /no parameter "nope"/);
  assert.match(problem(JSON.parse('{"__proto__":"1"}')), /no parameter/);
});

test('control, invisible and bidirectional characters become names', () => {
  assert.equal(
    visibleText('a\u202eb\u0000\n\u001b[1m\u200b\ufeff\u{e0041}'),
    'a\\u202eb\\x00\\n\\e[1m\\u200b\\ufeff\\u{e0041}',
  );
  assert.deepEqual(visibleSegments('<b>'), [{ text: '<b>', odd: false }]);
  assert.equal(visibleText('x'.repeat(50), 10), `${'x'.repeat(10)}… 40 more`);
});

test('terminal bytes become plain lines', () => {
  assert.equal(
    plainTerminalText('\u001b]0;title\u0007\u001b[01;32mroot\u001b[0m:~# ls\r\nfile\r\n'),
    'root:~# ls\nfile\n',
  );
  assert.equal(plainTerminalText('lz\bs\r\n50%\r100%\r\n'), 'ls\n100%\n');
  assert.equal(plainTerminalText('a\u001b(Bb\u001b=c\u001b'), 'abc');
  assert.equal(plainTerminalText('\u001b]0;never ended'), '0;never ended');
  assert.equal(plainTerminalText('a\nb\nc', { lines: 2, width: 10 }), 'a\nb\n…');
  assert.equal(plainTerminalText('abcdef', { lines: 2, width: 3 }), 'abc');
});

test('no input makes the plain text throw or keep a control character', () => {
  const odd = fc.string({
    unit: fc.constantFrom(
      '\u001b',
      '[',
      ']',
      'P',
      '\u0007',
      '\r',
      '\n',
      '\b',
      'a',
      ';',
      '1',
      '\u009b',
      '\\',
      '\u{1f41d}',
    ),
  });
  fc.assert(
    fc.property(odd, (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
      assert.doesNotMatch(plainTerminalText(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});
