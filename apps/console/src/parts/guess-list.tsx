/** Users and passwords that one address tried. */
import type { Guess } from '@waspglass/api';
import { formatNumber } from '../data/format.ts';
import { Hostile, Password, Time } from './text.tsx';

interface GuessListProps {
  readonly guesses: readonly Guess[];
  readonly attempts: number;
  readonly revealed: boolean;
  readonly onReveal: (reveal: boolean) => void;
}

export function GuessList({ guesses, attempts, revealed, onReveal }: GuessListProps) {
  const shown = guesses.reduce((sum, guess) => sum + guess.attempts, 0);
  return (
    <div className="guesses">
      <button
        type="button"
        className="reveal"
        data-testid="reveal"
        aria-pressed={revealed}
        onClick={() => onReveal(!revealed)}
      >
        {revealed ? 'Hide passwords' : 'Show passwords'}
      </button>
      <div className="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">user</th>
              <th scope="col">password</th>
              <th scope="col">
                <span className="unseen">outcome</span>
              </th>
              <th scope="col" className="right">
                tried
              </th>
              <th scope="col">last</th>
            </tr>
          </thead>
          <tbody>
            {guesses.map((guess, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: withheld passwords look the same; the order is the server's
              <tr key={i} className={guess.successes > 0 ? 'hit' : ''}>
                <td className="mono">
                  {guess.user === null ? <span className="soft">–</span> : <Hostile text={guess.user} max={100} />}
                </td>
                <td>
                  <Password value={guess.password} revealed={revealed} onReveal={() => onReveal(true)} />
                </td>
                <td>{guess.successes > 0 ? <span className="badge grave">got in</span> : null}</td>
                <td className="num right">{formatNumber(guess.attempts)}</td>
                <td>
                  <Time at={guess.last} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown < attempts ? (
        <p className="soft">{formatNumber(attempts - shown)} further attempts are not listed here.</p>
      ) : null}
    </div>
  );
}
