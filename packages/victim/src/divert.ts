/**
 * The first wall that a victim's packet meets, at the host's end of the link, before any rule of nftables: replies of the
 * published port pass to the host, everything else is handed to the sealed namespace (sink.ts). Stateless and static in
 * the kernel. When the sink's device is gone, the kernel drops what would go there.
 */
import { attempt, run } from './command.ts';

export interface DivertOptions {
  /** The host's end of the victim's link. */
  readonly device: string;
  /** The host's end of the sink's link. */
  readonly sink: string;
  readonly victimAddress: string;
  readonly victimPort: number;
}

/** u32 knows offsets only: from the IP header without options to the ports (20) and the flags of TCP (33). */
const NO_OPTIONS = 'match ip ihl 5 0xf';
const NO_FRAGMENT = 'match u16 0x0000 0x3fff at 6';
const HAS_ACK = 'match u8 0x10 0x10 at 33';
const ANY = 'match u32 0 0';

/** What one second of everything that is diverted may carry; more is dropped before the sink sees it. */
const SINK_RATE = 'rate 100mbit burst 256kb limit 512kb';

export async function divert({ device, sink, victimAddress, victimPort }: DivertOptions): Promise<void> {
  const replies = `match ip src ${victimAddress}/32 match ip protocol 6 0xff match u16 ${victimPort} 0xffff at 20`;
  const toSink = `action mirred egress redirect dev ${sink}`;
  const toVictim = `action mirred egress redirect dev ${device}`;
  const lines = [
    `qdisc add dev ${device} clsact`,
    `filter add dev ${device} ingress prio 1 protocol arp u32 ${ANY} flowid 1:1`,
    `filter add dev ${device} ingress prio 2 protocol ip u32 ${NO_OPTIONS} ${NO_FRAGMENT} ${HAS_ACK} ${replies} flowid 1:1`,
    `filter add dev ${device} ingress prio 3 protocol all u32 ${ANY} flowid 1:2 ${toSink}`,
    `qdisc replace dev ${sink} root tbf ${SINK_RATE}`,
    `qdisc replace dev ${sink} clsact`,
    `filter replace dev ${sink} ingress prio 1 protocol ip u32 ${ANY} flowid 1:2 ${toVictim}`,
  ];
  await run('tc', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/** Whether the device exists and diverts; undefined when there is no such device. */
export async function isDiverted(device: string): Promise<boolean | undefined> {
  const { status, stdout } = await attempt('tc', ['-j', 'filter', 'show', 'dev', device, 'ingress']);
  if (status !== 0) return undefined;
  return stdout.includes('"mirred_action":"redirect"');
}

/** Packets that the rate of the sink's link refused. */
export async function refusedByRate(sink: string): Promise<number> {
  const { status, stdout } = await attempt('tc', ['-s', '-j', 'qdisc', 'show', 'dev', sink, 'root']);
  if (status !== 0) return 0;
  const rows = JSON.parse(stdout) as { kind?: string; drops?: number }[];
  return rows.find(({ kind }) => kind === 'tbf')?.drops ?? 0;
}
