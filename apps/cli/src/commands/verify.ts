/** `waspglass verify`: on the share's machine, checks what honeypots delivered, and writes receipts. */

import path from 'node:path';
import { audit, honeypotFolders, readChainKeys, type Verdict, Verifier } from '@waspglass/evidence';
import { createLogger, escapeControl } from '@waspglass/kit';
import { type Command, type Io, UsageError } from '../command.ts';
import { parseOptions } from '../options.ts';

/** Findings printed for one honeypot; the rest is counted. `--json` has them all. */
const MOST_FINDINGS = 200;
const EXIT: Readonly<Record<Verdict['verdict'], number>> = { complete: 0, gaps: 1, altered: 2 };

export const verify: Command = {
  name: 'verify',
  summary:
    'Checks evidence against its seals: hashes, chain and codes. Exit code 0 complete, 1 gaps that the chain records, 2 altered.',
  usage: '--directory DIR --key FILE [--receipts DIR] [--once] | --audit DIR [--key FILE] [--receipts DIR] [--json]',
  options: [
    {
      flags: '--directory DIR',
      doc: 'folder of the share that holds a folder for each honeypot; checked until stopped',
    },
    { flags: '--audit DIR', doc: 'one verdict over a whole archive; every byte is read' },
    { flags: '--key FILE', doc: "verification keys: the honeypots' chain.key files, one after the other, mode 0600" },
    { flags: '--receipts DIR', doc: 'where receipts are written (--directory) or looked up (--audit)' },
    { flags: '--once', doc: 'with --directory: check what is there now, then end' },
    { flags: '--json', doc: 'with --audit: one JSON object for each honeypot' },
  ],
  examples: [
    [
      'waspglass verify --directory /srv/evidence/evidence --key /root/chain.key --receipts /srv/evidence/receipts',
      'as a service on the share’s machine',
    ],
    ['waspglass verify --audit /media/archive --key chain.key', 'before a court, or after a break-in'],
  ],
  async run(args, io) {
    const options = parseOptions(args, {
      directory: 'value',
      audit: 'value',
      key: 'value',
      receipts: 'value',
      once: 'flag',
      json: 'flag',
    });
    const { directory, receipts } = options;
    if ((directory === undefined) === (options.audit === undefined))
      throw new UsageError('give one of --directory and --audit');
    const keys = options.key === undefined ? [] : readChainKeys(options.key);
    if (options.audit !== undefined) return auditAll(options.audit, { keys, receipts, json: options.json }, io);
    if (keys.length === 0) throw new UsageError('--directory needs --key: without it nothing can be vouched for');
    const logger = createLogger({ name: 'verify' });
    const verifier = new Verifier({ directory: directory ?? '', keys, receipts, logger });
    if (options.once) return report(await verifier.round(), false, io);
    await verifier.run(io.signal);
    return 0;
  },
};

interface AuditOptions {
  readonly keys: ReturnType<typeof readChainKeys>;
  readonly receipts: string | undefined;
  readonly json: boolean;
}

async function auditAll(directory: string, { keys, receipts, json }: AuditOptions, io: Io): Promise<number> {
  const verdicts: Verdict[] = [];
  for (const folder of await honeypotFolders(directory)) {
    const own = receipts === undefined ? {} : { receipts: path.join(receipts, path.basename(folder)) };
    verdicts.push(orEmpty(await audit(folder, { keys, ...own })));
  }
  return report(verdicts, json, io);
}

/** An archive that holds nothing proves nothing. */
function orEmpty(verdict: Verdict): Verdict {
  if (verdict.entries > 0) return verdict;
  const finding = { level: 'altered', file: verdict.folder, text: 'found no seal here' } as const;
  return { ...verdict, verdict: 'altered', findings: [...verdict.findings, finding] };
}

async function report(verdicts: readonly Verdict[], json: boolean, io: Io): Promise<number> {
  for (const verdict of verdicts) await io.out(json ? `${JSON.stringify(plain(verdict))}\n` : print(verdict));
  return Math.max(...verdicts.map(({ verdict }) => EXIT[verdict]));
}

function print(verdict: Verdict): string {
  const { folder, entries, bytes, until, authenticated, findings } = verdict;
  const codes = authenticated ? 'codes right' : 'codes NOT checked: no key of this chain was given';
  const lines = [
    `${folder}: ${verdict.verdict}: ${entries} entries, ${bytes} bytes in files; ${codes}; speaks of what was sealed until ${until || 'never'}`,
    ...findings.slice(0, MOST_FINDINGS).map(({ level, file, text }) => `  ${level.padEnd(7)}  ${file}: ${text}`),
  ];
  if (findings.length > MOST_FINDINGS)
    lines.push(`  … and ${findings.length - MOST_FINDINGS} more (--json has them all)`);
  return `${lines.map(escapeControl).join('\n')}\n`;
}

function plain({ proven, ...verdict }: Verdict) {
  return { ...verdict, proven: proven.length };
}
