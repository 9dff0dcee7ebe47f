/**
 * Counts what arrives at a namespace that stands for the internet, but for replies of one honeypot. `uncontained` gives
 * a second namespace behind it that nothing contains: what is sent there must be counted, or the watcher is blind.
 */
import { spawnSync } from 'node:child_process';
import { output } from './fixture.ts';

const TABLE = 'wgwatch';
/** What every link with IPv6 carries. */
const NEIGHBOURS =
  'nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report';

export class Watcher {
  private readonly namespace: string;

  private constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** `expected` is an nftables match of the packets that may arrive. */
  static create(namespace: string, expected: string): Watcher {
    const watcher = new Watcher(namespace);
    watcher.nft(
      `table inet ${TABLE} {
  counter seen {}
  chain arrive {
    type filter hook prerouting priority raw; policy accept;
    iifname "lo" accept
    ${expected} accept
    ip6 saddr { ::, fe80::/10 } icmpv6 type { ${NEIGHBOURS} } accept
    counter name seen
  }
}`,
    );
    return watcher;
  }

  packets(): number {
    const text = output('ip', 'netns', 'exec', this.namespace, 'nft', '-j', 'list', 'counter', 'inet', TABLE, 'seen');
    const rows = (JSON.parse(text) as { nftables: { counter?: { packets: number } }[] }).nftables;
    return rows.find(({ counter }) => counter !== undefined)?.counter?.packets ?? Number.NaN;
  }

  /** A machine whose default route is the watcher's namespace. */
  uncontained(): Free {
    return Free.create(this.namespace);
  }

  close(): void {
    this.nft(`delete table inet ${TABLE}`);
  }

  private nft(rules: string): void {
    output('ip', 'netns', 'exec', this.namespace, 'nft', rules);
  }
}

class Free {
  private readonly name = 'wgvfree';

  static create(watcher: string): Free {
    const free = new Free();
    const { name } = free;
    output('ip', 'netns', 'add', name);
    output('ip', '-n', watcher, 'link', 'add', 'free', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    output('ip', '-n', watcher, 'addr', 'add', '10.66.95.1/30', 'dev', 'free');
    output('ip', '-n', watcher, 'link', 'set', 'free', 'up');
    output('ip', '-n', name, 'link', 'set', 'lo', 'up');
    output('ip', '-n', name, 'addr', 'add', '10.66.95.2/30', 'dev', 'eth0');
    output('ip', '-n', name, 'link', 'set', 'eth0', 'up');
    output('ip', '-n', name, 'route', 'add', 'default', 'via', '10.66.95.1');
    output('ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
    return free;
  }

  /** Runs a script there to its end, with the interpreter of an image. */
  python(root: string, input: string): void {
    spawnSync('ip', ['netns', 'exec', this.name, 'chroot', root, 'timeout', '20', 'python3', '-'], { input });
  }

  close(): void {
    output('ip', 'netns', 'del', this.name);
  }
}
