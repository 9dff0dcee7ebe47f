/**
 * One victim: an OCI bundle on a fresh overlay, run by runc. `create` makes everything but runs nothing (the sensor
 * attaches to `initPid` in between), `start` lets init run, `stop` takes all back. Nothing is ever executed inside a
 * running victim from outside.
 */
import { constants, readFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { systemCode, waitFor } from '@waspglass/kit';
import { type Account, checkAccounts, defaultAccounts } from './accounts.ts';
import { checkIpv4, checkNetworkFree, type LinkAddresses, linkAddresses } from './addresses.ts';
import { removeCgroups } from './cgroups.ts';
import { attempt, commandFailed, run } from './command.ts';
import { Containment } from './containment.ts';
import { keepDifference, writeBaseline } from './difference-file.ts';
import { fail } from './errors.ts';
import { createLink, hostInterface, removeLink } from './link.ts';
import { bundleConfig, defaultLimits, type Limits } from './oci.ts';
import { clearOverlay, mountOverlay, unmountBelow } from './overlay.ts';
import { loadIdentity, writePersona } from './persona.ts';
import { checkInstance, checkRequirements } from './requirements.ts';

export interface VictimOptions {
  readonly instance: string;
  /** `STATE`: the victim lives in `STATE/victim`. */
  readonly stateDirectory: string;
  /** `RUN`: runc's state, its log and the pid file. */
  readonly runDirectory: string;
  /** Root of an image of `buildImage`. */
  readonly image: string;
  readonly hostname?: string;
  readonly accounts?: readonly Account[];
  /** A private network of at least four addresses; default `10.66.0.0/30`. */
  readonly network?: string;
  /** What the victim's resolv.conf says; default: the host's end of the link. */
  readonly nameserver?: string;
  /** The port that the containment publishes; default 22. */
  readonly victimPort?: number;
  readonly limits?: Partial<Limits>;
  /** Go on with the files of the last victim of this name (somebody inside rebooted it); default: a fresh machine. */
  readonly keepFiles?: boolean;
}

export interface VictimPlace {
  readonly instance: string;
  readonly stateDirectory: string;
  readonly runDirectory: string;
}

export const defaultHostname = 'srv-web-02';
export const defaultNetwork = '10.66.0.0/30';

export class Victim {
  /** Process 1 of the victim, as the host numbers it. */
  readonly initPid: number;
  readonly addresses: LinkAddresses;
  /** The victim's files as it sees them. */
  readonly mergedRoot: string;
  private readonly place: VictimPlace;
  /** Tells init from a later process with its number. */
  private readonly born: string | undefined;

  private constructor(place: VictimPlace, initPid: number, addresses: LinkAddresses) {
    this.place = place;
    this.initPid = initPid;
    this.born = birthOf(initPid);
    this.addresses = addresses;
    this.mergedRoot = `${victimDirectory(place)}/merged`;
  }

  /** Makes a victim whose init has not run yet. Containment must be in force; whatever fails leaves nothing behind. */
  static async create(options: VictimOptions): Promise<Victim> {
    const { instance, image, accounts = defaultAccounts, hostname = defaultHostname } = options;
    checkInstance(instance);
    checkRequirements();
    checkAccounts(accounts);
    const network = options.network ?? defaultNetwork;
    const addresses = linkAddresses(network);
    checkHostname(hostname);
    if (options.nameserver !== undefined) checkIpv4(options.nameserver);
    if (!(await Containment.of(instance).isApplied())) throw fail('WG_VICTIM_NOT_CONTAINED', { instance });
    await checkNetworkFree(network, hostInterface(instance));
    await Victim.removeLeftovers(options);
    try {
      const directory = victimDirectory(options);
      // For root only: an intruder can place set-user-id programs below it.
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await mkdir(runcRoot(options), { recursive: true, mode: 0o700 });
      const limits = { ...defaultLimits, ...options.limits };
      const overlay = { directory, image, size: limits.disk };
      const { fresh, device } = await mountOverlay(overlay, options.keepFiles ?? false);
      const persona = { hostname, accounts, nameserver: options.nameserver ?? addresses.host };
      const { mac } = await loadIdentity(`${directory}/identity`);
      // Never written into files that an intruder has had: links there would lead out.
      if (fresh) {
        await writePersona(`${directory}/merged`, `${directory}/identity`, persona);
        await writeBaseline(directory);
      }
      const config = bundleConfig({ instance, hostname, rootPath: 'merged', limits, device });
      await writeFile(`${directory}/config.json`, JSON.stringify(config, null, 2));
      const initPid = await createContainer(options);
      await createLink({ instance, addresses, mac, initPid, victimPort: options.victimPort ?? 22 });
      return new Victim(options, initPid, addresses);
    } catch (error) {
      await Victim.removeLeftovers(options);
      throw error;
    }
  }

  /** The victim that an earlier process of ours created and left running; undefined when there is none. */
  static async adopt(place: VictimPlace, network = defaultNetwork): Promise<Victim | undefined> {
    checkInstance(place.instance);
    const text = await readFile(`${place.runDirectory}/victim.pid`, 'utf8').catch(() => '');
    if (!/^\d{1,10}$/.test(text)) return undefined;
    const state = await attempt('runc', ['--root', runcRoot(place), 'state', place.instance]);
    if (state.status !== 0) return undefined;
    const { pid, status } = JSON.parse(state.stdout) as { pid?: number; status?: string };
    const isOurs = status === 'running' && pid === Number(text);
    return isOurs ? new Victim(place, Number(text), linkAddresses(network)) : undefined;
  }

  /** Ends every process of a victim; its files stay as they are, mounted. */
  static async end(place: VictimPlace): Promise<void> {
    checkInstance(place.instance);
    await attempt('runc', ['--root', runcRoot(place), 'delete', '--force', place.instance]);
    await removeCgroups(place.instance);
    await removeLink(place.instance);
  }

  /**
   * What became of the victim's files since it was fresh, as a file of JSON lines: the first line counts, the others are
   * one path each. The victim must have ended. False when there is no disk to look at.
   */
  static async keepDifference(place: VictimPlace, file: string): Promise<boolean> {
    return keepDifference(victimDirectory(place), file);
  }

  /** Takes away what a victim of this name left: processes, mounts, link, control groups, run files. Idempotent. */
  static async removeLeftovers(place: VictimPlace): Promise<void> {
    await Victim.end(place);
    await unmountBelow(victimDirectory(place));
    await rm(runcRoot(place), { recursive: true, force: true });
    for (const name of RUN_FILES) await rm(`${place.runDirectory}/${name}`, { force: true });
  }

  /** Lets init run. */
  async start(): Promise<void> {
    await run('runc', ['--root', runcRoot(this.place), 'start', this.place.instance]);
  }

  /** Ends every process of the victim and takes back mounts, link and control groups; its files stay until the next. */
  async stop(): Promise<void> {
    await Victim.removeLeftovers(this.place);
  }

  /** Also forgets the victim's files, keys and addresses. */
  async remove(): Promise<void> {
    await this.stop();
    await clearOverlay(victimDirectory(this.place));
    await rm(victimDirectory(this.place), { recursive: true, force: true });
  }

  /** Whether init lives: it ends when somebody inside reboots or halts the machine. */
  isRunning(): boolean {
    return this.born !== undefined && birthOf(this.initPid) === this.born;
  }

  /** Waits until a TCP port of the victim is listened on, without connecting to it (that would be logged). */
  async waitForPort(port = 22, limit = 15_000): Promise<void> {
    const pattern = new RegExp(`^\\s*\\d+: 0{8}:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `, 'm');
    const probe = async () => {
      if (!this.isRunning()) throw fail('WG_VICTIM_ENDED');
      return pattern.test(await readFile(`/proc/${this.initPid}/net/tcp`, 'utf8'));
    };
    await waitFor(probe, { limit, what: `port ${port} of the victim` });
  }

  /** A file of the victim as the host reaches it. Read it with `openInside` only: the victim may have placed a link. */
  logPath(path: string): string {
    return `${this.mergedRoot}${path}`;
  }
}

/**
 * Opens a regular file below `root` for reading, whatever links the victim made: a path that leads out is refused by
 * looking at what was opened, so no exchange in between helps.
 */
export async function openInside(root: string, path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  const file = await open(`${root}${path}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  const actual = await readlink(`/proc/self/fd/${file.fd}`);
  const isInside = actual.startsWith(`${await realpath(root)}/`) && (await file.stat()).isFile();
  if (isInside) return file;
  await file.close();
  throw fail('WG_VICTIM_PATH_OUTSIDE', { found: path });
}

/** When a process started (clock ticks after boot), or undefined when it is gone or only waits to be collected. */
function birthOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').pop()?.split(' ') ?? [];
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function checkHostname(name: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return;
  throw fail('WG_VICTIM_ADDRESS_BAD', { found: name, expected: 'a host name: lower-case letters, digits and "-"' });
}

const RUN_FILES = ['victim.pid', 'runc.log'];

function victimDirectory({ stateDirectory }: VictimPlace): string {
  return `${stateDirectory}/victim`;
}

function runcRoot({ runDirectory }: VictimPlace): string {
  return `${runDirectory}/runc`;
}

/**
 * The login id of a victim's processes must be unset, whoever started us: what it logs in later sets it once. All
 * streams are /dev/null: init keeps them, and a path of the host there would be visible inside.
 */
async function createContainer(place: VictimPlace): Promise<number> {
  const pidFile = `${place.runDirectory}/victim.pid`;
  const log = `${place.runDirectory}/runc.log`;
  const shell = '[ ! -e /proc/self/loginuid ] || echo 4294967295 >/proc/self/loginuid || :; exec "$@"';
  const args = ['runc', '--root', runcRoot(place), '--log', log, '--log-format', 'json', 'create'];
  args.push('--bundle', victimDirectory(place), '--pid-file', pidFile, place.instance);
  const result = await attempt('sh', ['-c', shell, 'sh', ...args], { silent: true });
  if (result.status !== 0) {
    const stderr = await readFile(log, 'utf8').catch(() => '');
    throw commandFailed('runc', ['create', place.instance], { ...result, stderr });
  }
  return Number(await readFile(pidFile, 'utf8'));
}
