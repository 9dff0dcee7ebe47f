/** What is wrong with the files of alert outputs is told before anything starts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { withDefaults } from '../src/config/read.ts';
import { outputFilesError } from '../src/up/output-files.ts';

const cases: readonly (readonly [option: string, text: string | undefined, mode: number, told: RegExp | undefined])[] =
  [
    ['alerts.slack', 'https://hooks.example.org/T0\n', 0o600, undefined],
    ['alerts.slack', 'https://hooks.example.org/T0\n', 0o644, /can be read by others \(mode 644\); run: chmod 600/],
    ['alerts.slack', 'T0\n', 0o600, /the URL of a webhook/],
    ['alerts.slack', undefined, 0o600, /alerts\.slack: .* cannot be read: ENOENT/],
    ['alerts.telegram', '', 0o600, /the token of a bot/],
    ['alerts.telegram', '123456:ABC-def_9\n', 0o600, /alerts\.telegram_chat/],
    ['alerts.webhook_headers', 'authorization: Bearer x\n\nx-key: 1\n', 0o600, undefined],
    ['alerts.webhook_headers', 'authorization\n', 0o600, /"Name: value"/],
    ['alerts.webhook_headers', 'authorization: x\n', 0o640, /mode 640/],
    ['alerts.webhook_ca', 'x', 0o644, /PEM/],
    ['alerts.syslog_ca', '-----BEGIN CERTIFICATE-----\n', 0o644, undefined],
  ];

test('files of outputs: missing, open to others, or not what they should be', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wg-output-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [i, [option, text, mode, told]] of cases.entries()) {
    const file = path.join(folder, `${i}`);
    if (text !== undefined) writeFileSync(file, text, { mode });
    const error = outputFilesError(withDefaults({ [option]: file }));
    if (told === undefined) assert.equal(error, undefined, `${option} ${i}`);
    else assert.match(error?.message ?? '', told);
  }
  assert.equal(outputFilesError(withDefaults({})), undefined);
});
