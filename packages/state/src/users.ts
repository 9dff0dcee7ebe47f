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

  user(uid: number): User | undefined {
    return this.users.get(uid >>> 0);
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
