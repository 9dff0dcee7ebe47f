/** A terminal recording played as it happened, by asciinema's player: it draws characters, it never makes markup. */
import { create, type Player } from 'asciinema-player';
import 'asciinema-player/dist/bundle/asciinema-player.css';
import { useEffect, useRef } from 'react';

export interface Chunk {
  /** ms since the session's start. */
  readonly at: number;
  readonly text: string;
}

export function Replay({ chunks, width }: { readonly chunks: readonly Chunk[]; readonly width: number }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null || chunks.length === 0) return;
    const cols = Math.min(200, Math.max(80, width));
    const start = chunks[0]?.at ?? 0;
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
