/** Colours of chisels on terminals. */
import type { ChiselArgument, ChiselOutput } from './chisel.ts';

export const RED = '\u001b[31m';
export const GREEN = '\u001b[32m';
export const YELLOW = '\u001b[33m';
export const BLUE = '\u001b[34m';
export const PLAIN = '\u001b[0m';

export const disableColour: ChiselArgument = { name: 'disable_color', doc: 'no colours on a terminal' };

/** Writes lines in a colour where the receiver shows colours and the user didn't refuse; `end` resets the terminal. */
export function painter(out: ChiselOutput, refused: string | undefined) {
  const on = out.colours && refused === undefined;
  return {
    on,
    line: (colour: string, text: string) => out.line(on ? `${colour}${text}` : text),
    end: () => {
      if (on) out.line(PLAIN);
    },
  };
}
