/** Users and groups by id, from the capture's list and from events. */

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

/** More accounts than that are not kept: an attacker may add users for as long as he likes. */
const LIMIT = 1 << 16;

export class Users {
  private readonly users = new Map<number, User>();
  private readonly groups = new Map<number, string>();
  /** Of the recording machine, for ids that the capture does not list. */
  private readonly others = new Map<number, User>();
  /** Accounts inside of containers, by container and id. */
  private readonly contained = new Map<string, User>();

  setUser(user: User): void {
    if (this.users.size < LIMIT || this.users.has(user.uid)) this.users.set(user.uid, user);
  }

  setGroup(gid: number, name: string): void {
    if (this.groups.size < LIMIT || this.groups.has(gid)) this.groups.set(gid, name);
  }

  removeUser(uid: number): void {
    this.users.delete(uid >>> 0);
  }

  removeGroup(gid: number): void {
    this.groups.delete(gid >>> 0);
  }

  setContainedUser(container: string, user: User): void {
    const key = keyOf(container, user.uid);
    if (this.contained.size < LIMIT || this.contained.has(key)) this.contained.set(key, user);
  }

  removeContainedUser(container: string, uid: number): void {
    this.contained.delete(keyOf(container, uid >>> 0));
  }

  containedUser(container: string, uid: number): User | undefined {
    return this.contained.get(keyOf(container, uid >>> 0));
  }

  /** Somebody who is meant where the capture lists nobody. */
  setOther(user: User): void {
    this.others.set(user.uid, user);
  }

  user(uid: number): User | undefined {
    return this.users.get(uid >>> 0) ?? this.others.get(uid >>> 0);
  }

  group(gid: number): string | undefined {
    return this.groups.get(gid >>> 0);
  }

  allUsers(): Iterable<User> {
    return this.users.values();
  }

  allGroups(): Iterable<[number, string]> {
    return this.groups.entries();
  }
}

const keyOf = (container: string, uid: number): string => `${uid} ${container}`;
