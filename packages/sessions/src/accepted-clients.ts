/**
 * Pairs the clients that a listener accepts with the processes that it forks for them. The listener's own events come in
 * its order (accept, fork, accept, fork), but a child's first event may come late, after the next accept: so the listener's
 * report of the fork names the child (by the victim's number), and the child finds its client by that. When the child's
 * event comes first, the last client taken is its own, since the listener takes the next only after it has forked.
 */
import type { Endpoint } from './event-view.ts';

/** Listeners, and forks that only one side has reported, kept at most. */
const LISTENERS = 64;
const FORKS = 1024;

export class AcceptedClients {
  private readonly last = new Map<number, Endpoint | undefined>();
  private readonly byChild = new Map<string, Endpoint | undefined>();
  /** Children whose own report came first. */
  private readonly claimed = new Set<string>();

  took(listener: number, client: Endpoint | undefined): void {
    if (this.last.size > LISTENERS) this.last.clear();
    this.last.set(listener, client);
  }

  has(listener: number): boolean {
    return this.last.has(listener);
  }

  /** The listener reports that it forked a child, by the victim's number. */
  forked(listener: number, child: number): void {
    const key = `${listener}:${child}`;
    if (!this.last.has(listener) || this.claimed.delete(key)) return;
    if (this.byChild.size > FORKS) this.byChild.clear();
    this.byChild.set(key, this.last.get(listener));
  }

  /** The client of a child that reports itself. */
  claim(listener: number, child: number): Endpoint | undefined {
    const key = `${listener}:${child}`;
    if (!this.byChild.has(key)) {
      if (this.claimed.size > FORKS) this.claimed.clear();
      this.claimed.add(key);
      return this.last.get(listener);
    }
    const client = this.byChild.get(key);
    this.byChild.delete(key);
    return client;
  }

  ended(listener: number): void {
    this.last.delete(listener);
  }
}
