/**
 * What a session's terminal showed: a replay, and the same as plain text. The bytes are decoded here; nothing of them is
 * ever markup.
 */
import { plainTerminalText, type TerminalDocument } from '@waspglass/api';
import React, { lazy, useMemo, useState } from 'react';
import { formatBytes } from '../data/format.ts';
import { Choice, Panel } from './panel.tsx';
import type { Chunk } from './replay.tsx';
import { Empty, Hostile, Loading } from './text.tsx';

/** The player is large and not always wanted. */
const Replay = lazy(async () => ({ default: (await import('./replay.tsx')).Replay }));

type Direction = TerminalDocument['waspglass']['direction'];

/** Bytes as text; a character that lies across two chunks is put together. */
function decode(documents: readonly TerminalDocument[], direction: Direction): readonly Chunk[] {
  const decoder = new TextDecoder();
  return documents
    .filter((document) => document.waspglass.direction === direction)
    .map(({ waspglass }) => ({
      at: Math.max(0, waspglass.offset_ms),
      text: decoder.decode(bytesOf(waspglass.data), { stream: true }),
    }));
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const VIEWS = [
  ['text', 'Text'],
  ['replay', 'Replay'],
  ['input', 'Typed'],
] as const;
type View = (typeof VIEWS)[number][0];

interface TerminalProps {
  readonly documents: readonly TerminalDocument[];
  readonly tty: boolean;
}

export function TerminalPanel({ documents, tty }: TerminalProps) {
  const [view, setView] = useState<View>('text');
  const output = useMemo(() => decode(documents, 'output'), [documents]);
  const input = useMemo(() => decode(documents, 'input'), [documents]);
  const typed = useMemo(() => input.map((chunk) => chunk.text).join(''), [input]);
  const text = useMemo(() => plainTerminalText(output.map((chunk) => chunk.text).join('')), [output]);
  const views = input.length === 0 ? VIEWS.slice(0, 2) : VIEWS;
  const size = documents.reduce((sum, document) => sum + Math.floor(document.waspglass.data.length * 0.75), 0);
  return (
    <Panel
      title={tty ? 'Terminal' : 'Output'}
      id="terminal"
      note={documents.length === 0 ? '' : formatBytes(size)}
      actions={
        documents.length === 0 ? undefined : <Choice label="View" options={views} value={view} onChange={setView} />
      }
    >
      {documents.length === 0 ? (
        <Empty title="No output yet">What the session reads and prints will be kept here, to read and to replay.</Empty>
      ) : null}
      <Gaps documents={documents} />
      {documents.length > 0 && view === 'text' ? (
        <pre className="terminal-text" data-testid="terminal-text">
          <Lines text={text} />
        </pre>
      ) : null}
      {view === 'replay' ? (
        <React.Suspense fallback={<Loading />}>
          <Replay chunks={output} width={widest(text)} />
        </React.Suspense>
      ) : null}
      {view === 'input' ? (
        <pre className="terminal-text">
          <Lines text={typed.replaceAll('\r', '\n')} />
        </pre>
      ) : null}
    </Panel>
  );
}

/** Says what of the terminal is not here. */
function Gaps({ documents }: { readonly documents: readonly TerminalDocument[] }) {
  const missing = documents.reduce((sum, { waspglass }) => sum + (waspglass.missing ?? 0), 0);
  const truncated = documents.some(({ waspglass }) => waspglass.truncated === true);
  if (missing === 0 && !truncated) return null;
  return (
    <p className="notice">
      {missing === 0 ? '' : `${formatBytes(missing)} of long reads and writes are not in the capture. `}
      {truncated ? 'The session went on for longer than what is kept here.' : ''}
    </p>
  );
}

/** Lines stay lines; every other odd character is shown by its name. */
function Lines({ text }: { readonly text: string }) {
  return text.split('\n').map((line, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
    <span key={i}>
      <Hostile text={line.replaceAll('\t', '    ')} max={4000} />
      {'\n'}
    </span>
  ));
}

function widest(text: string): number {
  return text.split('\n').reduce((max, line) => Math.max(max, line.length), 0);
}
