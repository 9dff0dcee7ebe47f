/**
 * Names of events as symbols, made once per name: a test of `evt.type` costs a look into a table also for the calls that
 * share a generic event, which are told apart by their code alone.
 */
import { type EventType, eventId, syscallByCode, syscallByNumber } from '@waspglass/schema';
import type { State } from '@waspglass/state';
import type { EventContext } from './context.hot.ts';
import { isGeneric, newerName, UNKNOWN_CALL } from './event-types.ts';

const CODES = 1 << 16;
/** What sysdig 0.29.3 calls the recorder's own events. */
const CLASSIC_SCAPEVENT = 'sysdigevent';

export class EventNames {
  private readonly state: State;
  private readonly ofType: Int32Array;
  /** By the code of captures; calls without one are known by the recording machine's number (x86-64). */
  private readonly ofCode = new Int32Array(CODES);
  private readonly ofNumber = new Int32Array(CODES);

  constructor(state: State, types: number) {
    this.state = state;
    this.ofType = new Int32Array(types);
  }

  /** Symbol of the event's name; types that the table doesn't have are called by their number. */
  symbol(c: EventContext): number {
    const { type } = c;
    if (type === undefined) return this.state.symbols.made(newerName(c.typeId));
    if (isGeneric(type)) return this.call(c);
    if (c.classic && type.id === eventId.SCAPEVENT_E) return this.state.symbols.of(CLASSIC_SCAPEVENT);
    const known = this.ofType[type.id] ?? 0;
    return known === 0 ? this.keep(this.ofType, type.id, type.name) : known;
  }

  text(c: EventContext): string {
    return this.state.symbols.text(this.symbol(c));
  }

  private call(c: EventContext): number {
    const code = c.having(0).u16(0, 0);
    if (code !== 0 || c.classic) {
      const known = this.ofCode[code] ?? 0;
      return known === 0 ? this.keep(this.ofCode, code, codeName(code, c.classic)) : known;
    }
    const number = nativeNumber(c);
    if (number < 0 || number >= CODES) return this.state.symbols.of(UNKNOWN_CALL);
    const known = this.ofNumber[number] ?? 0;
    return known === 0
      ? this.keep(this.ofNumber, number, syscallByNumber('x86_64', number)?.name ?? UNKNOWN_CALL)
      : known;
  }

  private keep(table: Int32Array, at: number, name: string): number {
    const symbol = this.state.symbols.of(name);
    table[at] = symbol;
    return symbol;
  }
}

function codeName(code: number, classic: boolean): string {
  const name = syscallByCode(code)?.name ?? UNKNOWN_CALL;
  return classic && name === 'rt_sigreturn' ? 'sigreturn' : name;
}

/** Old captures have the machine's number in the enter event only. */
function nativeNumber(c: EventContext): number {
  const own = c.ev.u16(1, -1);
  return own >= 0 ? own : (c.state.enterOf(c.ev)?.u16(1, -1) ?? -1);
}

/** The name when the type alone tells it. */
export const fixedName = (t: EventType): string | undefined => (isGeneric(t) ? undefined : t.name);
