/**
 * Which Debian archive this machine uses: the first entry of its apt sources that carries `main` of a Debian release, and
 * apt's proxy. No entry (another distribution): debootstrap's own default.
 */
import { readdir, readFile } from 'node:fs/promises';
import { systemCode } from '@waspglass/kit';
import { attempt } from './command.ts';

const RELEASES = new Set(['bullseye', 'bookworm', 'trixie', 'forky', 'sid', 'stable', 'testing', 'oldstable']);

/** The archive of the apt sources below `directory`, or undefined. */
export async function hostMirror(directory = '/etc/apt'): Promise<string | undefined> {
  const parts = await names(`${directory}/sources.list.d`);
  const files = [`${directory}/sources.list`, ...parts.map((name) => `${directory}/sources.list.d/${name}`)];
  for (const file of files) {
    const text = await textOf(file);
    const found = file.endsWith('.sources') ? fromStanzas(text) : file.endsWith('.list') ? fromLines(text) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `http_proxy`/`https_proxy` as apt is set up, for debootstrap's downloads. */
export async function hostProxy(): Promise<Record<string, string>> {
  const query = ['shell', 'HTTP', 'Acquire::http::Proxy', 'HTTPS', 'Acquire::https::Proxy'];
  const result = await attempt('apt-config', query).catch(() => undefined);
  const values = result?.status === 0 ? result.stdout : '';
  const proxies: Record<string, string> = {};
  for (const [, key = '', value = ''] of values.matchAll(/^(HTTPS?)='([^'\n]{1,300})'$/gm)) {
    proxies[`${key.toLowerCase()}_proxy`] = value;
  }
  return proxies;
}

function fromStanzas(text: string): string | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.split(/\s+/) ?? [];
    if (/^enabled:\s*no\s*$/im.test(stanza) || !field('Types').includes('deb')) continue;
    const found = choose(field('URIs'), field('Suites'), field('Components'));
    if (found !== undefined) return found;
  }
  return undefined;
}

function fromLines(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
    const found =
      match === null ? undefined : choose([match[1] ?? ''], [match[2] ?? ''], (match[3] ?? '').split(/\s+/));
    if (found !== undefined) return found;
  }
  return undefined;
}

function choose(uris: readonly string[], suites: readonly string[], components: readonly string[]): string | undefined {
  if (!suites.some((suite) => RELEASES.has(suite)) || !components.includes('main')) return undefined;
  return uris.find((uri) => /^(https?|file|copy):\//.test(uri));
}

async function names(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}
