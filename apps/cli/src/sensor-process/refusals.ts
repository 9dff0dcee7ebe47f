/** Packets that the containment refused, as documents: told when the kernel's counters have changed. */
import { type Logger, messageOf } from '@waspglass/kit';
import { type ContainmentDocument, documentId } from '@waspglass/logs';
import { type Attempt, Containment, type ContainmentCounters } from '@waspglass/victim';

export interface RefusalsOptions {
  readonly instance: string;
  readonly host: string;
  readonly emit: (document: ContainmentDocument) => void;
  readonly logger: Logger;
}

/** Destinations named in one message. */
const NAMED = 5;

export class Refusals {
  private readonly options: RefusalsOptions;
  private readonly containment: Containment;
  private known = new Map<string, number>();
  private packets = 0;
  private bytes = 0;
  private looking: Promise<void> | undefined;
  private isFirst = true;
  private lastError = '';

  constructor(options: RefusalsOptions) {
    this.options = options;
    this.containment = Containment.of(options.instance);
  }

  /** Looks at the counters, unless the last look is still going on. */
  look(): void {
    this.looking ??= this.containment
      .counters()
      .then((counters) => this.compare(counters))
      .catch((error: unknown) => this.failed(messageOf(error)))
      .finally(() => {
        this.looking = undefined;
      });
  }

  async stop(): Promise<void> {
    await this.looking;
  }

  private compare({ egressDropped, hostDropped, attempts }: ContainmentCounters): void {
    const packets = egressDropped.packets + hostDropped.packets;
    const bytes = egressDropped.bytes + hostDropped.bytes;
    const fresh = attempts.filter((attempt) => attempt.packets > (this.known.get(destination(attempt)) ?? 0));
    this.known = new Map(attempts.map((attempt) => [destination(attempt), attempt.packets]));
    // What was refused before this process began has been told by the one before.
    if (!this.isFirst && packets > this.packets) this.tell(packets - this.packets, bytes - this.bytes, fresh);
    this.isFirst = false;
    this.packets = packets;
    this.bytes = bytes;
  }

  private tell(packets: number, bytes: number, fresh: readonly Attempt[]): void {
    const { host, emit } = this.options;
    const [first] = fresh;
    const names = fresh.slice(0, NAMED).map(destination).join(', ');
    const more = fresh.length > NAMED ? ` and ${fresh.length - NAMED} more` : '';
    const now = new Date().toISOString();
    emit({
      _id: documentId('containment', host, now, this.packets),
      '@timestamp': now,
      message: `${packets} outbound packets refused${names === '' ? '' : `: ${names}${more}`}`,
      event: { dataset: 'honeypot.containment', category: ['network'], action: 'dropped', outcome: 'success' },
      host: { name: host },
      ...(first !== undefined && { destination: { ip: first.address, port: first.port } }),
      waspglass: { dropped_packets: packets, dropped_bytes: bytes },
    });
  }

  private failed(reason: string): void {
    if (reason !== this.lastError) this.options.logger.warn(`containment counters: ${reason}`);
    this.lastError = reason;
  }
}

function destination({ address, protocol, port }: Attempt): string {
  return port === 0 ? `${protocol} ${address}` : `${protocol} ${address}:${port}`;
}
