/**
 * libbpf and the few functions of libc, called through koffi: nothing is compiled on the honeypot. Loads the object with its
 * configuration, attaches the programs, maps ring and counters. `close` takes everything back; the kernel does the same
 * when the process ends.
 */
import koffi from 'koffi';
import { fail } from './errors.ts';
import { CONFIG_SIZE, COUNTERS_SIZE, MEMBER_LEVEL, MEMBER_SIZE, NEAR, PROCESSORS } from './record.gen.ts';

type Pointer = unknown;
type Native = (...args: unknown[]) => unknown;

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;
export const PAGE = 4096;

/** Names of the functions with their C declarations. */
const LIBBPF = {
  openFile: 'void *bpf_object__open_file(const char *path, ObjectOptions *opts)',
  load: 'int bpf_object__load(void *object)',
  close: 'void bpf_object__close(void *object)',
  findMap: 'void *bpf_object__find_map_by_name(void *object, const char *name)',
  mapFd: 'int bpf_map__fd(void *map)',
  setMaxEntries: 'int bpf_map__set_max_entries(void *map, uint32_t n)',
  setInitial: 'int bpf_map__set_initial_value(void *map, const void *data, size_t n)',
  initial: 'void *bpf_map__initial_value(void *map, _Out_ size_t *n)',
  nextProgram: 'void *bpf_object__next_program(void *object, void *program)',
  programName: 'const char *bpf_program__name(void *program)',
  attach: 'void *bpf_program__attach(void *program)',
  destroyLink: 'int bpf_link__destroy(void *link)',
  updateElement: 'int bpf_map_update_elem(int fd, const void *key, const void *value, uint64_t flags)',
  lookupElement: 'int bpf_map_lookup_elem(int fd, const void *key, void *value)',
  deleteElement: 'int bpf_map_delete_elem(int fd, const void *key)',
  setPrint: 'void *libbpf_set_print(void *callback)',
} as const;

const LIBC = {
  mmap: 'void *mmap(void *address, size_t length, int prot, int flags, int fd, long offset)',
  munmap: 'int munmap(void *address, size_t length)',
  clockGettime: 'int clock_gettime(int clock, void *time)',
} as const;

/** Maps of the object; see `bpf/maps.h`. */
const MAP = { first: 'acct_q0', bulk: 'acct_q1', scratch: 'acct_buf', tree: 'acct_set', near: 'acct_near' } as const;

type Functions<T> = Readonly<Record<keyof T, Native>>;

function bind<T extends Readonly<Record<string, string>>>(library: string, table: T): Functions<T> {
  const lib = koffi.load(library);
  const entries = Object.entries(table).map(([name, declaration]) => [name, lib.func(declaration) as Native] as const);
  return Object.fromEntries(entries) as Functions<T>;
}

let bound: { bpf: Functions<typeof LIBBPF>; libc: Functions<typeof LIBC> } | undefined;

/** What the kernel shows of maps that the compiler made begins with this. */
const OBJECT_NAME = 'acct';
const OPTIONS_SIZE = 16;

function libraries() {
  if (bound !== undefined) return bound;
  try {
    koffi.struct('ObjectOptions', { size: 'size_t', name: 'const char *' });
    bound = { bpf: bind('libbpf.so.1', LIBBPF), libc: bind('libc.so.6', LIBC) };
    bound.bpf.setPrint(null);
    return bound;
  } catch (error) {
    throw fail(
      'WG_SENSOR_LIBBPF',
      { reason: error instanceof Error ? error.message : String(error) },
      { cause: error },
    );
  }
}

/** Whether libbpf can be loaded; the reason when not. */
export function libbpfProblem(): string | undefined {
  try {
    libraries();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const timespec = new BigInt64Array(2);

function clock(id: number): bigint {
  libraries().libc.clockGettime(id, timespec);
  return (timespec[0] ?? 0n) * 1_000_000_000n + (timespec[1] ?? 0n);
}

/** The clock of the records, ns. */
export function bootTime(): bigint {
  return clock(CLOCK_BOOTTIME);
}

/**
 * What to add to a record's time (CLOCK_BOOTTIME) for ns since the epoch. The narrowest of several readings counts: between
 * two calls this thread may have been off the processor.
 */
export function epochOffset(): bigint {
  let best = 0n;
  let narrowest = -1n;
  for (let i = 0; i < 5; i++) {
    const before = clock(CLOCK_BOOTTIME);
    const epoch = clock(CLOCK_REALTIME);
    const width = clock(CLOCK_BOOTTIME) - before;
    if (narrowest >= 0n && width >= narrowest) continue;
    narrowest = width;
    best = epoch - before - width / 2n;
  }
  return best;
}

export interface ProbeConfig {
  readonly objectPath: string;
  /** Content of the object's read-only data. */
  readonly config: Uint8Array;
  /** Bytes of the rings of the first lane and of bulk: powers of two, at least a page. */
  readonly firstBytes: number;
  readonly bulkBytes: number;
  /** Processors that the machine may have. */
  readonly processors: number;
}

export interface RingMemory {
  /** Reader's position (writable page). */
  readonly consumer: ArrayBuffer;
  /** Writer's position in the first page, then the ring, then its beginning again for `LONGEST_RECORD` bytes. */
  readonly producer: ArrayBuffer;
  readonly size: number;
}

/** No record is longer: the data of `struct scratch` in `bpf/maps.h`, and the ring's own head. In pages. */
export const LONGEST_RECORD = 132 * 1024;

interface Mapping {
  readonly address: Pointer;
  readonly length: number;
}

export class Probes {
  readonly first: RingMemory;
  readonly bulk: RingMemory;
  readonly counters: BigUint64Array;
  private readonly object: Pointer;
  private readonly links: Pointer[] = [];
  private readonly mappings: Mapping[] = [];
  private readonly tree: number;
  private readonly near: number;

  constructor(settings: ProbeConfig) {
    const { bpf } = libraries();
    const { objectPath } = settings;
    this.object = bpf.openFile(objectPath, { size: OPTIONS_SIZE, name: OBJECT_NAME });
    if (!this.object) throw fail('WG_SENSOR_OBJECT', { reason: 'libbpf cannot open it' }, { at: { file: objectPath } });
    try {
      this.configure(settings);
      const error = Number(bpf.load(this.object));
      if (error !== 0) throw fail('WG_SENSOR_LOAD', { reason: `error ${-error}` }, { at: { file: objectPath } });
      this.first = this.ring(MAP.first, settings.firstBytes);
      this.bulk = this.ring(MAP.bulk, settings.bulkBytes);
      this.counters = new BigUint64Array(
        this.map(PROCESSORS * COUNTERS_SIZE, PROT_READ, this.mapFd('.bss'), 0, 'counters'),
      );
      this.tree = this.mapFd(MAP.tree);
      this.near = this.mapFd(MAP.near);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Attaches every program of the object. */
  attach(): void {
    const { bpf } = libraries();
    for (let program = bpf.nextProgram(this.object, null); program; program = bpf.nextProgram(this.object, program)) {
      const link = bpf.attach(program);
      if (!link) {
        throw fail('WG_SENSOR_ATTACH', { program: bpf.programName(program), reason: `errno ${koffi.errno()}` });
      }
      this.links.push(link);
    }
  }

  /** Makes a thread group the victim's; `level`: one of LEVEL_. False when the table is full. */
  watch(pid: number, level: number): boolean {
    const member = new Uint8Array(MEMBER_SIZE);
    new DataView(member.buffer).setUint32(MEMBER_LEVEL, level, true);
    const isThere = libraries().bpf.updateElement(this.tree, Uint32Array.of(pid), member, 0) === 0;
    this.forgetNear(pid);
    return isThere;
  }

  /** It may have been met before: what is known of it without hashing is found anew. */
  private forgetNear(pid: number): void {
    const { bpf } = libraries();
    const key = Uint32Array.of(pid & (NEAR - 1));
    const entry = new Uint32Array((8 + MEMBER_SIZE) / 4);
    if (bpf.lookupElement(this.near, key, entry) !== 0 || entry[0] !== pid) return;
    bpf.updateElement(this.near, key, new Uint32Array(entry.length), 0);
  }

  unwatch(pid: number): void {
    libraries().bpf.deleteElement(this.tree, Uint32Array.of(pid));
  }

  /** Takes the programs off; the ring keeps what it has. */
  detach(): void {
    const { bpf } = libraries();
    for (const link of this.links.splice(0)) bpf.destroyLink(link);
  }

  /** Frees everything. The buffers of this object must not be touched afterwards. */
  close(): void {
    const { bpf, libc } = libraries();
    this.detach();
    for (const { address, length } of this.mappings.splice(0)) libc.munmap(address, length);
    bpf.close(this.object);
  }

  private ring(name: string, size: number): RingMemory {
    const fd = this.mapFd(name);
    const consumer = this.map(PAGE, PROT_READ | PROT_WRITE, fd, 0, name);
    // a second mapping of the whole ring would count twice as resident
    const length = PAGE + size + Math.min(size, LONGEST_RECORD);
    return { consumer, producer: this.map(length, PROT_READ, fd, PAGE, name), size };
  }

  private configure({ objectPath: file, config, firstBytes, bulkBytes, processors }: ProbeConfig): void {
    const { bpf } = libraries();
    const data = this.find('.rodata');
    const size: number[] = [0];
    bpf.initial(data, size);
    if (size[0] !== CONFIG_SIZE || config.length !== CONFIG_SIZE) {
      const reason = `its configuration has ${size[0]} bytes, not ${CONFIG_SIZE}`;
      throw fail('WG_SENSOR_OBJECT', { reason }, { at: { file } });
    }
    bpf.setInitial(data, config, config.length);
    bpf.setMaxEntries(this.find(MAP.first), firstBytes);
    bpf.setMaxEntries(this.find(MAP.bulk), bulkBytes);
    bpf.setMaxEntries(this.find(MAP.scratch), Math.min(processors, PROCESSORS));
  }

  /** libbpf names data sections with or without the object's name in front, by version. */
  private find(name: string): Pointer {
    const { bpf } = libraries();
    const map = bpf.findMap(this.object, name) ?? bpf.findMap(this.object, `${OBJECT_NAME}${name}`);
    if (!map) throw fail('WG_SENSOR_MAP', { map: name, reason: 'not in the object' });
    return map;
  }

  private mapFd(name: string): number {
    return Number(libraries().bpf.mapFd(this.find(name)));
  }

  private map(length: number, prot: number, fd: number, offset: number, name: string): ArrayBuffer {
    const address = libraries().libc.mmap(null, length, prot, MAP_SHARED, fd, offset);
    if (!address || address === 0xffffffffffffffffn) {
      throw fail('WG_SENSOR_MAP', { map: name, reason: `errno ${koffi.errno()}` });
    }
    this.mappings.push({ address, length });
    return koffi.view(address, length) as ArrayBuffer;
  }
}
