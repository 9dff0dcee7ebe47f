/** A terminal recording played as it happened, by asciinema's player: it draws characters, it never makes markup. */
import { create, type Player } from 'asciinema-player';
import 'asciinema-player/dist/bundle/asciinema-player.css';
import { useEffect, useRef, useState } from 'react';

/** ms of empty screen before the first output. */
const LEAD_MS = 100;

export interface Chunk {
  /** ms since the session's start. */
  readonly at: number;
  readonly text: string;
}

export function Replay(props: { readonly chunks: readonly Chunk[]; readonly width: number }) {
  // A session that lasts goes on while it is replayed: what is played stays what it was when it was opened.
  const [{ chunks, width }] = useState(props);
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null || chunks.length === 0) return;
    const cols = Math.min(200, Math.max(80, width));
    // The player passes over what happens at the very beginning.
    const start = (chunks[0]?.at ?? 0) - LEAD_MS;
    const lines = [
      JSON.stringify({ version: 2, width: cols, height: 24 }),
      ...chunks.map(({ at, text }) => JSON.stringify([(at - start) / 1000, 'o', text])),
    ];
    const player: Player = create({ data: lines.join('\n') }, element, {
      fit: 'width',
      idleTimeLimit: 2,
      preload: true,
      poster: 'npt:0:01',
      theme: 'auto/asciinema',
      terminalFontFamily: 'ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Menlo, Consolas, monospace',
    });
    return () => player.dispose();
  }, [chunks, width]);
  return <div className="replay" ref={holder} data-testid="terminal-replay" />;
}
