/** Commands in the order in which they were run; children stand under the shell that ran them. */
import type { CommandDocument } from '@waspglass/api';
import { formatOffset, formatUtc } from '../data/format.ts';
import { Empty, Hostile } from './text.tsx';

/** Deeper ones are shown at this depth. */
const DEPTHS = 8;

interface CommandListProps {
  readonly commands: readonly CommandDocument[];
  /** ms since 1970. */
  readonly started: number;
}

export function CommandList({ commands, started }: CommandListProps) {
  if (commands.length === 0) {
    return (
      <Empty title="No command yet">
        Every program that the session runs is listed here, in order, with its exit code.
      </Empty>
    );
  }
  return (
    <ol className="commands">
      {commands.map((command) => (
        <Command key={command._id} command={command} started={started} />
      ))}
    </ol>
  );
}

function Command({ command, started }: { readonly command: CommandDocument; readonly started: number }) {
  const { process, waspglass } = command;
  const at = Date.parse(command['@timestamp']);
  const depth = Math.min(DEPTHS, Math.max(0, waspglass.depth));
  const shell = command.event.action === 'shell';
  const notes = [shell ? 'log-in shell' : '', process?.pid === undefined ? '' : `pid ${process.pid}`];
  return (
    <li className="command" data-testid="session-command" data-depth={depth} title={notes.filter(Boolean).join(', ')}>
      <span className="num soft">{waspglass.index}</span>
      <time className="num soft" dateTime={command['@timestamp']} title={formatUtc(at)}>
        {formatOffset(at - started)}
      </time>
      <code className={`line depth-${depth} ${shell ? 'shell' : ''}`}>
        <Hostile text={process?.command_line ?? command.message} max={4000} />
      </code>
      <Exit code={process?.exit_code} />
    </li>
  );
}

function Exit({ code }: { readonly code: number | undefined }) {
  if (code === undefined) return <span className="exit" title="Has not ended, or its end was not seen" />;
  return (
    <span className={`exit num ${code === 0 ? 'zero' : 'bad'}`} title={`Exit code ${code}`}>
      {code}
    </span>
  );
}
