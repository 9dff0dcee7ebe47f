/** Files, connections and earlier attempts of a session. */
import type { AuthDocument, ConnectionDocument, FileDocument } from '@waspglass/api';
import { formatBytes } from '../data/format.ts';
import { Empty, Hostile, Password, Time } from './text.tsx';

export function FileList({ files }: { readonly files: readonly FileDocument[] }) {
  if (files.length === 0)
    return <Empty title="No file">Files that it writes, renames or removes are listed here.</Empty>;
  return (
    <ol className="rows tall">
      {files.map((document) => (
        <li key={document._id} className="row file-row">
          <Time at={document['@timestamp']} />
          <span className="badge">
            <Hostile text={document.event.action ?? 'changed'} max={30} />
          </span>
          <span className="what mono">
            <Hostile text={document.file?.path ?? '?'} max={600} />
            {document.waspglass.target === undefined ? null : (
              <>
                {' '}
                <span className="soft">→</span> <Hostile text={document.waspglass.target} max={600} />
              </>
            )}
            {document.file?.size === undefined ? null : (
              <span className="soft"> {formatBytes(document.file.size)}</span>
            )}
            {document.file?.hash?.sha256 === undefined ? null : (
              <span className="hash soft" title="SHA-256">
                <Hostile text={document.file.hash.sha256} max={64} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function ConnectionList({ connections }: { readonly connections: readonly ConnectionDocument[] }) {
  if (connections.length === 0) {
    return (
      <Empty title="No connection">
        Connections that it tries are listed here; the containment refuses those that lead out.
      </Empty>
    );
  }
  return (
    <ol className="rows tall">
      {connections.map((document) => (
        <li key={document._id} className="row file-row">
          <Time at={document['@timestamp']} />
          <span className="badge">
            <Hostile text={document.waspglass.transport} max={10} />
          </span>
          <span className="what mono">
            <Hostile text={endpoint(document)} max={200} />{' '}
            <span className="soft">
              <Hostile
                text={[document.process?.name, document.waspglass.result].filter(Boolean).join(' · ')}
                max={100}
              />
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The other side: where it connected to, or who was let in. */
function endpoint({ destination, event, message, source }: ConnectionDocument): string {
  const peer = event.action === 'accept' ? source : destination;
  if (peer?.ip === undefined) return message;
  const host = peer.ip.includes(':') ? `[${peer.ip}]` : peer.ip;
  return `${event.action === 'accept' ? 'from ' : ''}${peer.port === undefined ? host : `${host}:${peer.port}`}`;
}

interface AttemptListProps {
  readonly attempts: readonly AuthDocument[];
  readonly revealed: boolean;
  readonly onReveal: () => void;
}

export function AttemptList({ attempts, revealed, onReveal }: AttemptListProps) {
  if (attempts.length === 0)
    return <Empty title="No attempt">Attempts of the same address up to this log-in are listed here.</Empty>;
  return (
    <ol className="rows tall">
      {attempts.map((document) => (
        <li key={document._id} className="row attempt-row">
          <Time at={document['@timestamp']} />
          <span className="mono what">
            <Hostile text={document.user?.name ?? '?'} max={100} />
          </span>
          <span>{document.event.outcome === 'success' ? <span className="badge grave">got in</span> : null}</span>
          <Password value={document.waspglass.password} revealed={revealed} onReveal={onReveal} />
        </li>
      ))}
    </ol>
  );
}
