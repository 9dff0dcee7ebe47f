/**
 * Forks inside of a pid namespace, between the two reports of each. The parent knows its child by a number that means
 * nothing outside, the child knows both; until the child has reported, the parent may have closed what the child has from
 * it (the end of a pipe that the child reads its input from). So the parent's descriptors are kept as they were.
 *
 * A ring of fixed size: what has been waiting longest goes first.
 */
import type { Descriptors } from './descriptors.hot.ts';

const SLOTS = 64;
/** The child has reported first: the parent's report is to be forgotten. */
const BY_CHILD = -1;

export class Forks {
  private readonly parents = new Int32Array(SLOTS);
  private readonly children = new Int32Array(SLOTS);
  /** Descriptor table, BY_CHILD, or 0: nothing waits here. */
  private readonly tables = new Int32Array(SLOTS);
  private next = 0;
  private readonly descriptors: Descriptors;

  constructor(descriptors: Descriptors) {
    this.descriptors = descriptors;
  }

  /** The parent, a process, reports a child by its number in the namespace; `table` is the parent's own. */
  byParent(parent: number, child: number, table: number): void {
    const slot = this.find(parent, child);
    if (slot >= 0 && this.tables[slot] === BY_CHILD) this.tables[slot] = 0;
    else if (table !== 0) this.put(slot, parent, child, this.descriptors.copy(table));
  }

  /** The child reports itself: the descriptors that its parent had, 0 when the parent has not reported yet. */
  byChild(parent: number, child: number): number {
    const slot = this.find(parent, child);
    const table = slot < 0 ? 0 : this.tables[slot]!;
    if (table > 0) {
      this.tables[slot] = 0;
      return table;
    }
    if (slot < 0) this.put(slot, parent, child, BY_CHILD);
    return 0;
  }

  private find(parent: number, child: number): number {
    for (let i = 0; i < SLOTS; i++)
      if (this.tables[i] !== 0 && this.parents[i] === parent && this.children[i] === child) return i;
    return -1;
  }

  private put(known: number, parent: number, child: number, table: number): void {
    const slot = known < 0 ? this.next : known;
    if (known < 0) this.next = (slot + 1) % SLOTS;
    if (this.tables[slot]! > 0) this.descriptors.release(this.tables[slot]!);
    this.parents[slot] = parent;
    this.children[slot] = child;
    this.tables[slot] = table;
  }
}
