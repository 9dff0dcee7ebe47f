/**
 * Containers as the recorder found them: events carry a container's description as JSON. The description comes from
 * whoever writes captures: every part may be missing or of another kind, and then counts as unknown.
 */
export interface Mount {
  readonly source: string;
  readonly dest: string;
  readonly mode: string;
  readonly rdwr: boolean;
  readonly propagation: string;
}

export interface Container {
  readonly id: string;
  readonly fullId: string;
  readonly name: string;
  readonly type: string;
  readonly image: string;
  readonly imageId: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly ip: string;
  readonly cni: string;
  readonly privileged: boolean;
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly hostIpc: boolean;
  readonly mounts: readonly Mount[];
  readonly labels: ReadonlyMap<string, string>;
  /** Id and labels of the pod's sandbox; '' and none outside of Kubernetes. */
  readonly sandboxId: string;
  readonly podLabels: ReadonlyMap<string, string>;
  /** Commands that the runtime runs in it; '' when it has none. */
  readonly healthcheck: string;
  readonly livenessProbe: string;
  readonly readinessProbe: string;
}

/** Kinds by their number in captures. */
const TYPES = [
  ...[
    'docker',
    'lxc',
    'libvirt-lxc',
    'mesos',
    'rkt',
    'custom',
    'cri',
    'containerd',
    'cri-o',
    'bpm',
    'static',
    'podman',
  ],
];
/** More containers, and longer descriptions of all of them together, are not kept; nor more mounts and labels of one. */
const LIMIT = 1 << 12;
const LENGTH_LIMIT = 1 << 24;
const PARTS = 1 << 10;

export class Containers {
  /** Descriptions that were not kept: damaged, or too many. */
  refused = 0;
  private length = 0;
  private readonly byId = new Map<string, { readonly container: Container; readonly length: number }>();

  /** The container with an id of twelve digits. */
  get(id: string): Container | undefined {
    return this.byId.get(id)?.container;
  }

  /** Takes in a description: `{"container": {…}}`. */
  describe(json: string): void {
    const container = parse(json);
    if (container !== undefined) this.set(container, json.length);
    else this.refused++;
  }

  set(container: Container, length: number): void {
    const known = this.byId.get(container.id);
    const total = this.length - (known?.length ?? 0) + length;
    const isFull = known === undefined && this.byId.size >= LIMIT;
    if (container.id === '' || isFull || total > LENGTH_LIMIT) {
      this.refused++;
      return;
    }
    this.length = total;
    this.byId.set(container.id, { container, length });
  }
}

/** A container of which only little is known. */
export function plainContainer(id: string, type: number, name: string, image: string): Container {
  return fromParts({ id, type, name, image });
}

type Json = Readonly<Record<string, unknown>>;

function parse(json: string): Container | undefined {
  try {
    const whole = object(JSON.parse(json.replace(/[\0\n]+$/, '')));
    return 'container' in whole ? fromParts(object(whole.container)) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fromParts(part: Json): Container {
  return {
    id: text(part.id).slice(0, 12),
    fullId: text(part.full_id),
    name: text(part.name),
    type: TYPES[Number(part.type)] ?? '',
    image: text(part.image),
    imageId: text(part.imageid),
    repository: text(part.imagerepo),
    tag: text(part.imagetag),
    digest: text(part.imagedigest),
    ip: text(part.ip),
    cni: text(part.cni_json),
    privileged: part.privileged === true,
    hostPid: part.host_pid === true,
    hostNetwork: part.host_network === true,
    hostIpc: part.host_ipc === true,
    mounts: list(part.Mounts).map(mount),
    labels: labels(part.labels),
    sandboxId: text(part.pod_sandbox_id),
    podLabels: labels(part.pod_sandbox_labels),
    healthcheck: command(part.Healthcheck),
    livenessProbe: command(part.LivenessProbe),
    readinessProbe: command(part.ReadinessProbe),
  };
}

function mount(value: unknown): Mount {
  const part = object(value);
  return {
    source: text(part.Source),
    dest: text(part.Destination),
    mode: text(part.Mode),
    rdwr: part.RW === true,
    propagation: text(part.Propagation),
  };
}

function command(value: unknown): string {
  const { exe, args } = object(value);
  return [text(exe), ...list(args).map(text)].filter((word) => word !== '').join(' ');
}

function labels(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(object(value))
      .slice(0, PARTS)
      .map(([key, label]) => [key, text(label)]),
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, PARTS) : [];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
