/**
 * What gives a victim away to somebody who has root in it: one row per thing that intruders and detectors of honeypots look
 * at. Everything is read from outside, as files of an intruder; nothing runs inside.
 */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { release, totalmem } from 'node:os';
import { accountSets } from './accounts.ts';

export interface AuditTarget {
  readonly mergedRoot: string;
  readonly initPid: number;
  readonly instance: string;
  readonly hostname: string;
  /** The host name that everybody has who changed nothing. */
  readonly usualHostname: string;
  readonly passwords: readonly string[];
  /** Bytes of memory that the victim may use. */
  readonly memory: number;
}

export interface AuditFinding {
  readonly check: string;
  /** What it shows; undefined: nothing that gives it away. */
  readonly shows: string | undefined;
  readonly remedy: string;
}

interface Row {
  readonly check: string;
  readonly look: (victim: Look) => Promise<string | undefined>;
  readonly remedy: string;
}

const DAY = 86_400_000;
const CONTAINER_FILES = ['.dockerenv', 'run/.containerenv', '.dockerinit'];

const rows: readonly Row[] = [
  {
    check: 'names of the honeypot in mounts, environment and command lines',
    look: async (v) => {
      const words = ['waspglass', 'runc', 'docker', 'containerd', v.target.instance];
      const text = `${await v.proc('mountinfo')}\0${await v.proc('environ')}\0${await v.proc('cmdline')}`;
      return words.find((word) => text.includes(word));
    },
    remedy: 'none is expected: report it',
  },
  {
    check: 'files of container engines',
    look: async (v) => (await v.present(CONTAINER_FILES))[0],
    remedy: 'leave them out of the image',
  },
  {
    check: 'root file system',
    look: async (v) => {
      const root = (await v.proc('mountinfo')).split('\n').find((line) => line.split(' ')[4] === '/');
      const type = root?.split(' - ')[1]?.split(' ')[0];
      return type === 'overlay' ? 'mount and df show an overlay' : undefined;
    },
    remedy: 'not changeable yet',
  },
  {
    check: 'kernel modules',
    look: async (v) =>
      (await v.names('lib/modules')).length > 0 ? undefined : `uname tells ${release()}, /lib/modules is empty`,
    remedy: 'an image with the modules package of that kernel',
  },
  {
    check: 'memory',
    look: async ({ target }) =>
      target.memory < totalmem() * 0.5
        ? `free shows ${Math.round(totalmem() / 2 ** 20)} MiB, ${target.memory / 2 ** 20} MiB can be had`
        : undefined,
    remedy: 'raise victim.memory_mib',
  },
  {
    check: 'init',
    look: async (v) => {
      const name = (await v.proc('comm')).trim();
      return name === 'systemd' ? undefined : `process 1 is ${name}, a machine of this release has systemd`;
    },
    remedy: 'not changeable yet',
  },
  {
    check: 'services',
    look: async (v) => {
      const count = (await v.proc(`task/${v.target.initPid}/children`)).trim().split(' ').length;
      return count < 6 ? `init has ${count} children` : undefined;
    },
    remedy: 'an image with real services',
  },
  {
    check: 'host name',
    look: async ({ target }) =>
      target.hostname === target.usualHostname ? `"${target.hostname}" is the default` : undefined,
    remedy: 'set victim.hostname',
  },
  {
    check: 'accounts',
    look: async ({ target }) => {
      const usual = Object.values(accountSets).map((set) => set.map(({ password }) => password).join());
      return usual.includes(target.passwords.join()) ? 'the passwords are those of a default set' : undefined;
    },
    remedy: 'set victim.accounts',
  },
  {
    check: 'network card',
    look: async () => 'ip link shows eth0@ifN: half of a pair',
    remedy: 'not changeable yet',
  },
  {
    check: 'kernel log',
    look: async () => 'dmesg is refused to root',
    remedy: 'not changeable: it is the host’s',
  },
  {
    check: 'log-ins of the past',
    look: async (v) => ((await v.size('var/log/wtmp')) < 20 * 384 ? 'last shows hardly anything' : undefined),
    remedy: 'an image with a history',
  },
  {
    check: 'logs of the past',
    look: async (v) => {
      const old = (await v.names('var/log')).filter((name) => /\.(1|\d\.gz)$/.test(name));
      return old.length === 0 ? 'no rotated log' : undefined;
    },
    remedy: 'an image with a history',
  },
  {
    check: 'shell histories',
    look: async (v) => ((await v.size('root/.bash_history')) > 0 ? undefined : 'root has none'),
    remedy: 'an image with a history',
  },
  {
    check: 'age of the system',
    look: async (v) => {
      const age = Date.now() - (await v.modified('var/log/dpkg.log'));
      return age < 14 * DAY ? `installed ${Math.floor(age / DAY)} days ago` : undefined;
    },
    remedy: 'build the image earlier than it is used',
  },
  {
    check: 'home directories',
    look: async (v) => {
      const homes = await v.names('home');
      const full = await Promise.all(homes.map(async (name) => (await v.names(`home/${name}`)).length > 5));
      return full.includes(true) ? undefined : 'nobody keeps files there';
    },
    remedy: 'an image with users’ files',
  },
];

/** Looks at a running victim. */
export async function auditVictim(target: AuditTarget): Promise<AuditFinding[]> {
  const look = new Look(target);
  return Promise.all(rows.map(async (row) => ({ check: row.check, shows: await row.look(look), remedy: row.remedy })));
}

/** How the rows see the victim. What is not there, or not a plain file, is empty. */
class Look {
  readonly target: AuditTarget;

  constructor(target: AuditTarget) {
    this.target = target;
  }

  /** A file of /proc/1, as the host numbers that process. */
  proc(name: string): Promise<string> {
    return readFile(`/proc/${this.target.initPid}/${name}`, 'latin1');
  }

  async size(path: string): Promise<number> {
    return (await this.info(path))?.size ?? 0;
  }

  async modified(path: string): Promise<number> {
    return (await this.info(path))?.mtimeMs ?? Date.now();
  }

  async present(paths: readonly string[]): Promise<string[]> {
    const found = await Promise.all(paths.map(async (path) => ((await this.info(path)) === undefined ? [] : [path])));
    return found.flat();
  }

  async names(path: string): Promise<string[]> {
    const directory = `${this.target.mergedRoot}/${path}`;
    return (await lstat(directory).catch(() => undefined))?.isDirectory() === true ? readdir(directory) : [];
  }

  private async info(path: string) {
    return lstat(`${this.target.mergedRoot}/${path}`).catch(() => undefined);
  }
}
