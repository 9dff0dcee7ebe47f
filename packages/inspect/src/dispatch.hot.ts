/**
 * Hands each event to those who want its type. The lists per type are built when subscriptions change, not per event;
 * a type that nobody wants costs one look into an array.
 */
import type { EventContext } from '@waspglass/fields';
import type { Filter } from '@waspglass/lang';

export interface Subscription {
  /** Only events that pass; missing: all. */
  readonly filter?: Filter<EventContext> | undefined;
  /** A second filter that must pass too: the user's, beside a chisel's own. */
  readonly and?: Filter<EventContext> | undefined;
  /** Only these event types (numbers); missing: all. */
  readonly types?: readonly number[] | undefined;
  readonly onEvent: (c: EventContext) => void;
}

type Test = (c: EventContext) => boolean;

interface Listener {
  readonly first: Test | null;
  readonly second: Test | null;
  readonly onEvent: (c: EventContext) => void;
}

/** Event types at or beyond this number (written by newer versions) share one list. */
const TYPES = 1024;

export class Dispatch {
  private readonly subscriptions = new Set<Subscription>();
  private lists: (readonly Listener[] | null | undefined)[] = new Array(TYPES).fill(undefined);

  /** The subscriptions have changed; whoever acts on it clears this. */
  changed = true;

  add(subscription: Subscription): () => void {
    this.subscriptions.add(subscription);
    this.reset();
    return () => {
      this.subscriptions.delete(subscription);
      this.reset();
    };
  }

  /** Whether somebody may want events of this type: as `wants`, without compiling anything. */
  mayWant(type: number): boolean {
    for (const { filter, and, types } of this.subscriptions) {
      if (types !== undefined && !types.includes(type)) continue;
      if (filter?.types[type] !== 0 && and?.types[type] !== 0) return true;
    }
    return false;
  }

  private reset(): void {
    this.lists.fill(undefined);
    this.changed = true;
  }

  /** Whether anybody wants events of this type. */
  wants(type: number): boolean {
    return this.listOf(type) !== null;
  }

  /** Tells everybody who wants it; the caller has moved the context to the event. */
  tell(type: number, c: EventContext): void {
    const list = this.listOf(type);
    if (list === null) return;
    for (let i = 0; i < list.length; i++) {
      const listener = list[i]!;
      if (listener.first !== null && !listener.first(c)) continue;
      if (listener.second !== null && !listener.second(c)) continue;
      listener.onEvent(c);
    }
  }

  private listOf(type: number): readonly Listener[] | null {
    const at = type < TYPES ? type : TYPES - 1;
    const known = this.lists[at];
    return known === undefined ? this.build(at) : known;
  }

  private build(type: number): readonly Listener[] | null {
    const list: Listener[] = [];
    for (const { filter, and, types, onEvent } of this.subscriptions) {
      if (types !== undefined && !types.includes(type)) continue;
      const first = filter === undefined ? null : filter.byType(type);
      const second = and === undefined ? null : and.byType(type);
      if ((filter !== undefined && first === null) || (and !== undefined && second === null)) continue;
      list.push({ first, second, onEvent });
    }
    const made = list.length === 0 ? null : list;
    this.lists[type] = made;
    return made;
  }
}
