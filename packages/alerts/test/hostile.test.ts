/** Whatever an attacker puts into an alert, every form of it stays one line, valid and without control characters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRfc3164, formatRfc5424 } from '@waspglass/logs';
import fc from 'fast-check';
import {
  deliveryJson,
  deliveryText,
  mailOf,
  mailText,
  slackBody,
  slackText,
  telegramBody,
  telegramText,
} from '../src/index.ts';
import { delivery } from './made.ts';

const by = { facility: 'local0', host: 'h\nx', program: 'p', pid: 1 } as const;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const base = delivery(1);

test('one line, whatever it holds', () => {
  const dangerous = fc.constantFrom(
    '\n',
    '\r',
    '\u001b[2J',
    '\0',
    '\u202e',
    '\ud800',
    '\ufffd',
    '"',
    '\\',
    '`',
    '<!all>',
    '\u2028',
  );
  const text = fc.array(fc.oneof(dangerous, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      const hostile = parts.join('');
      // Outputs are made by templates, which escape; fields are as the attacker wrote them.
      const alert = { ...base.alert, fields: { 'fd.name': hostile, [hostile]: hostile }, hostname: 'trap' };
      const one = { ...base, alert, actor: hostile };
      const json = deliveryJson(one);
      assert.ok(!CONTROL.test(json), json);
      JSON.parse(json);
      const raw = { ...one, alert: { ...alert, message: hostile } };
      for (const line of [deliveryText(raw), formatRfc3164({ severity: 4, text: deliveryText(raw) }, by, true)]) {
        assert.ok(!CONTROL.test(line), JSON.stringify(line));
      }
      assert.ok(!CONTROL.test(formatRfc5424({ severity: 4, text: deliveryText(raw) }, by)));
      JSON.parse(slackBody([slackText(raw)]));
      JSON.parse(telegramBody('1')([telegramText(raw)]));
      const mail = mailOf([mailText(raw)], 'a@example.invalid', 'b@example.invalid');
      assert.ok(/^[\x20-\x7e\n]*$/.test(mail) && mail.split('\n\n').length === 2, mail);
    }),
    { numRuns: 120, seed: 20261125 },
  );
});
