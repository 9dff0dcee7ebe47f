/** `container.*`, `k8s.*`: the container of the event's process, as far as the capture describes it. */
import { compileGlob, type Field, type FieldArgument, type FieldTable } from '@waspglass/lang';
import { type Container, type Mount, T } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';

const HOST = 'host';

/** Symbol of the container's id. */
const idOf = (c: EventContext): number => (c.state.thread === 0 ? 0 : c.texts.container(c.state.thread));
const isHost = (c: EventContext): boolean => c.state.symbols.text(idOf(c)) === HOST;
const containerOf = (c: EventContext): Container | undefined => c.state.containers.get(c.state.symbols.text(idOf(c)));

/** A text of the container; the host has an empty one, a container without description none. */
function textOf(doc: string, text: (container: Container) => string, host: string | null = ''): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    get: (c) => {
      const container = containerOf(c);
      if (container !== undefined) return text(container) || (c.classic ? null : '');
      return isHost(c) && !c.classic ? host : null;
    },
  };
}

function flagOf(doc: string, flag: (container: Container) => boolean): Field<EventContext> {
  return {
    type: 'BOOL',
    kind: 'bool',
    doc,
    get: (c) => {
      const container = containerOf(c);
      return container === undefined ? -1 : flag(container) ? 1 : 0;
    },
  };
}

const probe = (text: string): string => (text === '' ? 'NONE' : text);

function mountText({ source, dest, mode, rdwr, propagation }: Mount): string {
  return [source, dest, mode, rdwr, propagation].join(':');
}

/** Mount by number, or the first whose source (or destination) matches a pattern. */
function findMount(container: Container, arg: FieldArgument, side: 'source' | 'dest'): Mount | undefined {
  if (typeof arg === 'number') return container.mounts[arg];
  const matches = compileGlob(arg ?? '');
  return container.mounts.find((mount) => matches(mount[side]));
}

function mountField(
  doc: string,
  text: (mount: Mount) => string,
  side: 'source' | 'dest' = 'source',
): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc: `${doc}, by number or by a pattern of its ${side === 'source' ? 'source' : 'destination'}.`,
    arg: 'required',
    get: (c, arg) => {
      const container = containerOf(c);
      const mount = container === undefined ? undefined : findMount(container, arg, side);
      return mount === undefined ? null : text(mount);
    },
  };
}

type Labels = ReadonlyMap<string, string>;

function allLabels(doc: string, labels: (container: Container) => Labels): Field<EventContext> {
  return textOf(doc, (container) => [...labels(container)].map((pair) => pair.join(':')).join(','), null);
}

function oneLabel(doc: string, labels: (container: Container) => Labels): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    arg: 'required',
    get: (c, arg) => {
      const container = containerOf(c);
      return (container && labels(container).get(String(arg))) ?? null;
    },
  };
}

/** Runtimes of Kubernetes tell of the pod by labels. */
function podText(doc: string, label: string): Field<EventContext> {
  return {
    type: 'CHARBUF',
    kind: 'str',
    doc,
    get: (c) => containerOf(c)?.labels.get(label) ?? null,
  };
}

/** Start of a container: that of its pid namespace. */
function start(c: EventContext): bigint | null {
  const time = isHost(c) ? null : c.big(c.state.thread, T.pidnsStart);
  return time === 0n ? null : time;
}

function duration(c: EventContext): bigint | null {
  const from = start(c);
  return from === null || from > c.ev.time ? null : c.ev.time - from;
}

/** Objects of Kubernetes of which no capture tells. */
const UNTOLD = ['rc', 'svc', 'ns', 'rs', 'deployment'].flatMap((kind) =>
  ['name', 'id', 'label', 'labels'].map((part) => `k8s.${kind}.${part}`),
);

const untold = (name: string): Field<EventContext> => ({
  type: 'CHARBUF',
  kind: 'str',
  doc: 'No capture tells it.',
  ...(name.endsWith('.label') && { arg: 'optional' }),
  get: () => null,
});

const notProbe = (doc: string): Field<EventContext> => ({
  type: 'BOOL',
  kind: 'bool',
  doc,
  get: (c) => (c.state.thread === 0 ? -1 : 0),
});

export const containerFields: FieldTable<EventContext> = {
  'container.id': {
    type: 'CHARBUF',
    kind: 'sym',
    doc: 'Container id, `host` outside of containers.',
    get: (c) => idOf(c),
  },
  'container.full_id': textOf('Whole container id.', (k) => k.fullId),
  'container.name': textOf('Name of the container, `host` outside of containers.', (k) => k.name, HOST),
  'container.image': textOf('Image of the container.', (k) => k.image),
  'container.image.id': textOf('Id of the image.', (k) => k.imageId),
  'container.image.repository': textOf('Repository of the image.', (k) => k.repository),
  'container.image.tag': textOf('Tag of the image.', (k) => k.tag),
  'container.image.digest': textOf('Digest of the image.', (k) => k.digest),
  'container.type': textOf('Kind of the container: docker, podman …, `host` outside.', (k) => k.type, HOST),
  'container.privileged': flagOf('The container is privileged.', (k) => k.privileged),
  'container.mounts': textOf('All mounts, `source:dest:mode:rdwr:propagation`.', (k) =>
    k.mounts.map(mountText).join(' '),
  ),
  'container.mount': mountField('A mount', mountText),
  'container.mount.source': mountField('Source of a mount', (m) => m.source, 'dest'),
  'container.mount.dest': mountField('Destination of a mount', (m) => m.dest),
  'container.mount.mode': mountField('Mode of a mount', (m) => m.mode),
  'container.mount.rdwr': mountField('Whether a mount may be written to', (m) => String(m.rdwr)),
  'container.mount.propagation': mountField('Propagation of a mount', (m) => m.propagation),
  'container.healthcheck': textOf('Command that checks the container.', (k) => probe(k.healthcheck), null),
  'container.liveness_probe': textOf('Command that asks whether it lives.', (k) => probe(k.livenessProbe), null),
  'container.readiness_probe': textOf('Command that asks whether it is ready.', (k) => probe(k.readinessProbe), null),
  'container.start_ts': { type: 'ABSTIME', kind: 'big', doc: 'Start, ns since the epoch.', get: start },
  'container.duration': { type: 'RELTIME', kind: 'big', doc: 'Nanoseconds since its start.', get: duration },
  'container.ip': textOf('Address of the container.', (k) => k.ip),
  'container.cni.json': textOf('What the network plugin said.', (k) => k.cni),
  'container.host_pid': flagOf('It sees the processes of the host.', (k) => k.hostPid),
  'container.host_network': flagOf('It uses the network of the host.', (k) => k.hostNetwork),
  'container.host_ipc': flagOf('It shares memory with the host.', (k) => k.hostIpc),
  'container.label': oneLabel('A label of the container.', (k) => k.labels),
  'container.labels': allLabels('All labels of the container.', (k) => k.labels),
  'proc.is_container_healthcheck': notProbe('A check of the container: not told by captures.'),
  'proc.is_container_liveness_probe': notProbe('A liveness probe: not told by captures.'),
  'proc.is_container_readiness_probe': notProbe('A readiness probe: not told by captures.'),
  'k8s.pod.name': podText('Name of the pod.', 'io.kubernetes.pod.name'),
  'k8s.ns.name': podText('Namespace of the pod.', 'io.kubernetes.pod.namespace'),
  'k8s.pod.id': podText('Uid of the pod.', 'io.kubernetes.pod.uid'),
  'k8s.pod.uid': podText('Uid of the pod.', 'io.kubernetes.pod.uid'),
  'k8s.pod.sandbox_id': textOf("First twelve digits of the sandbox's id.", (k) => k.sandboxId.slice(0, 12), null),
  'k8s.pod.full_sandbox_id': textOf('Id of the sandbox.', (k) => k.sandboxId, null),
  'k8s.pod.label': oneLabel('A label of the pod.', (k) => k.podLabels),
  'k8s.pod.labels': allLabels('All labels of the pod.', (k) => k.podLabels),
  'k8s.pod.ip': textOf('Address of the pod.', (k) => k.ip, null),
  'k8s.pod.cni.json': textOf('What the network plugin said of the pod.', (k) => k.cni, null),
  ...Object.fromEntries(UNTOLD.filter((name) => name !== 'k8s.ns.name').map((name) => [name, untold(name)])),
};
