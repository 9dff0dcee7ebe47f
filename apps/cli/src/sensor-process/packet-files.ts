/**
 * The packets of the victim's link in pcapng files beside the captures: rotated and sealed as they are. Without the link
 * nothing is recorded and that is said; the captures go on.
 */
import { messageOf } from '@waspglass/kit';
import { type FlowTotals, PacketRecording } from '@waspglass/sensor';
import { SealedRecorder, type SealedRecorderOptions } from './sealed-recorder.ts';

export interface PacketFilesOptions
  extends Pick<
    SealedRecorderOptions,
    'directory' | 'rotateBytes' | 'rotateMs' | 'level' | 'fsync' | 'logger' | 'onSealed'
  > {
  /** The host's end of the victim's link. */
  readonly interface: string;
}

export interface PacketStats {
  readonly file: string;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that the kernel or the recorder had no room for. */
  readonly lost: number;
}

export class PacketFiles {
  private readonly recorder: SealedRecorder;
  private readonly recording: PacketRecording;

  private constructor(options: PacketFilesOptions) {
    const { interface: networkInterface, ...recording } = options;
    this.recording = new PacketRecording({
      interface: networkInterface,
      onChunk: (chunk, packets) => this.write(chunk, packets),
    });
    this.recorder = new SealedRecorder({
      ...recording,
      prefix: 'packets',
      form: 'pcapng',
      freshHeader: () => this.recording.header(),
    });
    this.recorder.begin(this.recording.header());
  }

  /** undefined when the interface cannot be listened to. */
  static start(options: PacketFilesOptions): PacketFiles | undefined {
    try {
      return new PacketFiles(options);
    } catch (error) {
      options.logger.error(messageOf(error));
      return undefined;
    }
  }

  get stats(): PacketStats {
    const { packets, bytes, dropped } = this.recording.stats;
    return { file: this.recorder.current, packets, bytes, lost: dropped + this.recorder.lost };
  }

  get failures(): number {
    return this.recorder.failures;
  }

  /** What went to and came from a far end of the link since the start. */
  totals(address: string, port: number): FlowTotals | undefined {
    return this.recording.totals(address, port);
  }

  async close(): Promise<void> {
    this.recording.stop();
    await this.recorder.close();
  }

  private write(chunk: Uint8Array, packets: number): void {
    if (this.recorder.isDue) this.recorder.begin(this.recording.header());
    this.recorder.write(chunk, packets);
  }
}
